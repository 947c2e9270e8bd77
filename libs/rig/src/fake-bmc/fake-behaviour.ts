import { z } from 'zod';

/** Timers count no further than some 24 days, and then not at all. */
const ms = z.int().min(0).max(86_400_000);

/** What a BMC does wrong, until it is told otherwise. */
export const fakeBehaviour = z.strictObject({
  /** Requests that it answers with 409 and `answer`. */
  refuse: z
    .array(z.enum(['status', 'on', 'off', 'soft-off', 'bootdev']))
    .readonly()
    .default([]),
  /** Its words when it refuses. */
  answer: z.string().max(1000).default('refused on request'),
  /** Accepts every power target and does nothing. */
  stuck: z.boolean().default(false),
  /** Takes requests and never answers. */
  silent: z.boolean().default(false),
  /** How long each answer takes. */
  delayMs: ms.default(0),
  /** How long the power takes to follow a target that was accepted. */
  powerDelayMs: ms.default(0),
  /** What it says of the power in place of `on` or `off`. */
  says: z.string().max(1000).nullable().default(null),
});
export type FakeBehaviour = Readonly<z.output<typeof fakeBehaviour>>;
