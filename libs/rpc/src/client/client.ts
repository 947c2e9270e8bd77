import {
  wireName,
  type ArgsIn,
  type Method,
  type RequestContext,
  type ResultOf,
  type Topic,
} from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { RpcConnection } from '../connection.js';
import { problems, type RequestParts } from '../wire/request.js';
import { callMethod, castMethod, fanoutMethod } from './call.js';

export interface ClientOptions {
  /** How long to wait for an answer, or for a queue that takes a cast. */
  readonly timeoutMs: number;
  /** Send to this host's queue instead of any worker's. */
  readonly host?: string;
}

export interface SendOptions extends Partial<ClientOptions> {
  /**
   * For a call that may take long: signs of life at least this often, or the call is given up before its time limit.
   */
  readonly monitorMs?: number;
}

/** Names of the methods of one style. */
export type OfStyle<T extends Topic, S extends Method['style']> = {
  [M in keyof T['methods']]: T['methods'][M]['style'] extends S ? M : never;
}[keyof T['methods']];

type Casts<T extends Topic, O> = {
  readonly [M in OfStyle<T, 'cast'>]: (
    args: ArgsIn<T, M>,
    ctx: RequestContext,
    options?: O,
  ) => Promise<void>;
};

export interface Client<T extends Topic> {
  /** Calls one server. Faults: RPC_TIMEOUT, and what the server throws: Fault for known codes, else RemoteError. */
  readonly call: {
    readonly [M in OfStyle<T, 'call'>]: (
      args: ArgsIn<T, M>,
      ctx: RequestContext,
      options?: SendOptions,
    ) => Promise<ResultOf<T, M>>;
  };
  /**
   * Settles when a queue has the message. For casts that belong to a change of state use the outbox (`castMessage`).
   */
  readonly cast: Casts<T, Partial<ClientOptions>>;
  /** Sends to every server that is present. */
  readonly fanout: Casts<T, Pick<Partial<ClientOptions>, 'timeoutMs'>>;
}

/** A client of a topic, typed by the topic's contract. */
export function rpcClient<const T extends Topic>(
  conn: RpcConnection,
  topic: T,
  defaults: ClientOptions,
): Client<T> {
  const sends = (style: Method['style'], send: Send) =>
    Object.fromEntries(
      Object.entries(topic.methods)
        .filter(([, method]) => method.style === style)
        .map(([name, method]) => [
          name,
          (args: unknown, ctx: RequestContext, options: SendOptions = {}) =>
            send({ name, method, args, ctx, options: { ...defaults, ...options } }),
        ]),
    );
  const to = (host?: string) => ({ topic: topic.topic, host });
  return {
    call: sends('call', async ({ options, ...sending }) => {
      const result = await callMethod(conn, to(options.host), request(sending), options);
      return parseResult(topic, sending, result);
    }),
    cast: sends('cast', ({ options, ...sending }) =>
      castMethod(conn, to(options.host), request(sending), options),
    ),
    fanout: sends('cast', ({ options, ...sending }) =>
      fanoutMethod(conn, to(), request(sending), options),
    ),
  } as unknown as Client<T>;
}

interface Sending {
  readonly name: string;
  readonly method: Method;
  readonly args: unknown;
  readonly ctx: RequestContext;
}

type Send = (sending: Sending & { options: ClientOptions & SendOptions }) => Promise<unknown>;

/** The request for a method of a contract. Throws when the arguments do not fit the contract: a bug of the caller. */
export function request({ name, method, args, ctx }: Sending): RequestParts {
  return { method: name, args: method.args.parse(args), version: method.since, ctx };
}

function parseResult(topic: Topic, { name, method }: Sending, result: unknown): unknown {
  const parsed = method.result.safeParse(result);
  if (parsed.success) return parsed.data;
  const what = `${topic.topic}.${wireName(name)}`;
  throw new Fault('UNAVAILABLE', {
    reason: `The answer of ${what} is not as agreed: ${problems(parsed.error)}`,
  });
}
