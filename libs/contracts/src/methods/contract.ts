import { z } from 'zod';

type Style = 'call' | 'cast';

export interface Method<
  S extends Style = Style,
  A extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly style: S;
  /** Lowest version of the topic that has the method; sent as the version that a caller requires. */
  readonly since: string;
  /** Keyword arguments in their wire form: snake_case, as oslo.messaging peers spell them. */
  readonly args: A;
  readonly result: R;
}

/** A method that answers in seconds; its caller waits, with a time limit. It only reads, or is idempotent. */
export function call<A extends z.ZodType, R extends z.ZodType>(
  since: string,
  args: A,
  result: R,
): Method<'call', A, R> {
  return { style: 'call', since, args, result };
}

/** A method without an answer; its effect is committed before the message is acknowledged. */
export function cast<A extends z.ZodType>(since: string, args: A): Method<'cast', A, z.ZodVoid> {
  return { style: 'cast', since, args, result: z.void() };
}

export interface Topic<
  M extends Readonly<Record<string, Method>> = Readonly<Record<string, Method>>,
> {
  readonly topic: string;
  /** Highest version that servers of this release support. */
  readonly version: string;
  /** camelCase here, snake_case on the wire. */
  readonly methods: M;
}

export function defineTopic<const M extends Readonly<Record<string, Method>>>(
  topic: Topic<M>,
): Topic<M> {
  return topic;
}

/** `runInstance` → `run_instance`: the method's name on the wire. */
export const wireName = (method: string): string =>
  method.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Who made the request and for whom. Sent with every message, never with a token in it. */
export interface RequestContext {
  readonly requestId: string;
  readonly userId?: string;
  readonly projectId?: string;
  readonly isAdmin?: boolean;
  /** The message's own id (`_unique_id`), the same at every delivery; set by the server, not passed on. */
  readonly messageId?: string;
}

export type ArgsOf<T extends Topic, M extends keyof T['methods']> = z.output<
  T['methods'][M]['args']
>;
export type ArgsIn<T extends Topic, M extends keyof T['methods']> = z.input<
  T['methods'][M]['args']
>;
export type ResultOf<T extends Topic, M extends keyof T['methods']> = z.output<
  T['methods'][M]['result']
>;

/** What a server of the topic must implement: missing or wrong methods are compile errors. */
export type Handlers<T extends Topic> = {
  [M in keyof T['methods']]: (
    args: ArgsOf<T, M>,
    ctx: RequestContext,
  ) => T['methods'][M]['style'] extends 'cast'
    ? Promise<void>
    : Promise<z.input<T['methods'][M]['result']>>;
};
