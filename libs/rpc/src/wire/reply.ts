import { z } from 'zod';
import { newMessageId } from '@metalcast/domain';
import { BadMessage } from './bad-message.js';
import { seal, unseal } from './envelope.js';

const replySchema = z.object({
  _msg_id: z.string(),
  result: z.unknown(),
  failure: z.string().nullish(),
  /** Absent in the first of the two messages that a 2013 server sends; false in a sign of life. */
  ending: z.boolean().optional(),
});
export type Reply = z.output<typeof replySchema>;

interface Answer {
  readonly result?: unknown;
  readonly failure?: string;
  readonly ending: boolean;
}

export function replyBody(messageId: string, { result, failure, ending }: Answer): string {
  return seal({
    result: result ?? null,
    failure: failure ?? null,
    ending,
    _msg_id: messageId,
    _unique_id: newMessageId(),
  });
}

/** Throws BadMessage. */
export function parseReply(content: Uint8Array, maxBytes: number): Reply {
  const parsed = replySchema.safeParse(unseal(content, maxBytes));
  if (parsed.success) return parsed.data;
  throw new BadMessage('not a reply');
}
