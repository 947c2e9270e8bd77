import { z } from 'zod';
import { wireName, type RequestContext } from '@metalcast/contracts';
import { newMessageId } from '@metalcast/domain';
import { contextToWire } from './context.js';
import { BadMessage, seal } from './envelope.js';

const requestSchema = z.looseObject({
  method: z.string().min(1),
  args: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((args) => args ?? {}),
  namespace: z.string().nullish(),
  version: z
    .string()
    .nullish()
    .transform((version) => version ?? '1.0'),
  _unique_id: z.string().nullish(),
  _msg_id: z.string().nullish(),
  _reply_q: z.string().nullish(),
  /** Call monitoring: the caller wants a sign of life at least this often, in seconds. */
  _timeout: z.number().positive().nullish(),
});

/** A request as it travels. */
export type Request = z.output<typeof requestSchema>;

/** Throws BadMessage. */
export function parseRequest(message: Record<string, unknown>): Request {
  const parsed = requestSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new BadMessage(`not an RPC request: ${problems(parsed.error)}`);
}

/** Which fields are wrong and how, without their values. */
export function problems(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.map(String).join('.') || 'message'}: ${message}`)
    .join('; ');
}

export interface RequestParts {
  readonly method: string;
  readonly args: unknown;
  readonly version: string;
  readonly namespace?: string;
  readonly ctx: RequestContext;
}

/** Where the answer to a call goes. */
export interface ReplyTo {
  readonly messageId: string;
  readonly replyQueue: string;
  readonly monitorSeconds: number | null;
}

/** The body of a cast, or with `replyTo` of a call. Its `_unique_id` is fixed here, once. */
export function requestBody(parts: RequestParts, replyTo?: ReplyTo): string {
  return seal({
    method: wireName(parts.method),
    args: parts.args,
    ...(parts.namespace === undefined ? {} : { namespace: parts.namespace }),
    version: parts.version,
    ...(replyTo === undefined
      ? {}
      : {
          _msg_id: replyTo.messageId,
          _reply_q: replyTo.replyQueue,
          _timeout: replyTo.monitorSeconds,
        }),
    _unique_id: newMessageId(),
    ...contextToWire(parts.ctx),
  });
}
