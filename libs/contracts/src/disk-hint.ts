import { Fault, parseDiskHint } from '@metalcast/domain';
import { z } from 'zod';

const longest = 255;
const mostKept = 64;

/** Which disk is meant, by Ironic's grammar (docs/disks.md); refused with the sentence that says what is wrong. */
export const diskHint = z
  .record(z.string().max(longest), z.union([z.string().max(longest), z.number(), z.boolean()]))
  .superRefine((hint, context) => {
    try {
      parseDiskHint(hint);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
    }
  });

export const diskHints = z.array(diskHint).max(mostKept);

function messageOf(error: unknown): string {
  if (error instanceof Fault) {
    return error.message;
  }
  throw error;
}
