/** Where the answer to a call goes: read apart from the rest, so that a call that makes no sense is answered too. */
import { z } from 'zod';
import { isStorable } from '@metalcast/domain';
import { unstorable } from './bad-message.js';

/** Names are stored, logged and sent back: the limit is AMQP's own, in bytes. */
const longestName = 255;
export const name = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= longestName, {
    message: `longer than ${longestName} bytes`,
  })
  .refine(isStorable, { message: unstorable });

/** Checked, because the default exchange would pass a reply to any queue: to a topic's, or to the dead letters. */
const replyQueue = name.regex(/^reply_/, 'not the name of a reply queue');
/** In 2013 the reply queue had the id of the message as its name. */
const messageQueue = /^[0-9a-f]{32}$/;

export const callerFields = { _msg_id: name.nullish(), _reply_q: replyQueue.nullish() };

type CallerFields = z.output<z.ZodObject<typeof callerFields>>;

/** Whether an answer can be sent, if one is expected. */
export const hasReplyQueue = ({ _msg_id: id, _reply_q: queue }: CallerFields): boolean =>
  typeof id !== 'string' || typeof queue === 'string' || messageQueue.test(id);

export interface Caller {
  readonly messageId: string;
  readonly queue: string;
}

const callerSchema = z.object(callerFields).refine(hasReplyQueue);

/** Who waits for an answer; undefined: nobody, or nobody that can be answered. */
export function callerOf(message: Readonly<Record<string, unknown>>): Caller | undefined {
  const { _msg_id: messageId, _reply_q: queue } = callerSchema.safeParse(message).data ?? {};
  // Without _reply_q (2013) the queue has the name of the message.
  return typeof messageId === 'string' ? { messageId, queue: queue ?? messageId } : undefined;
}
