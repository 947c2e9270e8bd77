import { z } from 'zod';
import { wireName, type RequestContext } from '@metalcast/contracts';
import { newMessageId } from '@metalcast/domain';
import { contextToWire } from './context.js';
import { BadMessage } from './bad-message.js';
import { callerFields, hasReplyQueue, name } from './caller.js';
import { seal } from './envelope.js';

const requestSchema = z
  .looseObject({
    method: name.min(1),
    args: z
      .record(z.string(), z.unknown())
      .nullish()
      .transform((args) => args ?? {}),
    namespace: name.nullish(),
    version: name.nullish().transform((version) => version ?? '1.0'),
    _unique_id: name.nullish(),
    ...callerFields,
    /** Call monitoring: the caller wants a sign of life at least this often, in seconds. */
    _timeout: z.number().positive().nullish(),
  })
  .refine(hasReplyQueue, { path: ['_msg_id'], message: 'not the name of a reply queue' });
/** A request as it travels. */
export type Request = z.output<typeof requestSchema>;

/** Throws BadMessage. */
export function parseRequest(message: Record<string, unknown>): Request {
  const parsed = requestSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new BadMessage(`not an RPC request: ${problems(parsed.error)}`);
}

/** At most so many mistakes are reported: the answer must not be larger than the message that it refuses. */
const mostProblems = 10;
const longestProblem = 200;

/** Which fields are wrong and how, without their values; the first ones only. */
export function problems({ issues }: z.ZodError): string {
  const told = issues
    .slice(0, mostProblems)
    .map(({ path, message }) => `${path.map(String).join('.') || 'message'}: ${message}`)
    .map((problem) => problem.slice(0, longestProblem));
  const more = issues.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

export interface RequestParts {
  readonly method: string;
  readonly args: unknown;
  readonly version: string;
  readonly namespace?: string;
  readonly ctx: RequestContext;
}

/** The destination of the answer to a call. */
export interface ReplyTo {
  readonly messageId: string;
  readonly replyQueue: string;
  readonly monitorSeconds: number | null;
}

/** The body of a cast, or with `replyTo` of a call. Its `_unique_id` is chosen here, once. */
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
