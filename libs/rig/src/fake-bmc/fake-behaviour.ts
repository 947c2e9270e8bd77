import { z } from 'zod';

/** At most a day: a Node timer cannot wait longer than about 24 days. */
const ms = z.int().min(0).max(86_400_000);

/** Faults of a BMC, until they are changed. */
export const fakeBehaviour = z.strictObject({
  /** Requests that the BMC refuses with 409 and `answer`. */
  refuse: z
    .array(z.enum(['status', 'on', 'off', 'soft-off', 'bootdev']))
    .readonly()
    .default([]),
  /** Text of a refusal. */
  answer: z.string().max(1000).default('refused on request'),
  /** Accepts every power target and ignores it. */
  stuck: z.boolean().default(false),
  /** Accepts requests and never answers. */
  silent: z.boolean().default(false),
  /** Delay of each answer. */
  delayMs: ms.default(0),
  /** Delay between accepting a power target and changing the power. */
  powerDelayMs: ms.default(0),
  /** Power state to report instead of `on` or `off`. */
  says: z.string().max(1000).nullable().default(null),
});
export type FakeBehaviour = Readonly<z.output<typeof fakeBehaviour>>;
