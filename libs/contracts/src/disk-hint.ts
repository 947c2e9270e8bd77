import { Fault, parseDiskHint } from '@metalcast/domain';
import { z } from 'zod';

const longest = 255;
const mostKept = 64;

/** A hint as it was stored: today's rules may refuse it when it is read (parseDiskHint). */
export const storedDiskHint = z.record(
  z.string().max(longest),
  z.union([z.string().max(longest), z.number(), z.boolean()]),
);

/** Names a disk by Ironic's grammar (docs/disks.md). The refusal says what is wrong. */
export const diskHint = storedDiskHint.superRefine((hint, context) => {
  try {
    parseDiskHint(hint);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
});

export const storedDiskHints = z.array(storedDiskHint).max(mostKept);
export const diskHints = z.array(diskHint).max(mostKept);

function messageOf(error: unknown): string {
  if (error instanceof Fault) {
    return error.message;
  }
  throw error;
}
