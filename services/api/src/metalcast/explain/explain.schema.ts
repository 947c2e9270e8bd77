import { schedulerHints } from '@metalcast/contracts';
import { z } from 'zod';

const text = z.string().trim().min(1).max(255);

const wish = z.strictObject({
  /** Id or name. */
  flavor: text.optional(),
  image: text.nullish(),
  /** Default: the caller's. */
  project_id: text.nullish(),
  availability_zone: z.string().max(255).nullish(),
  hints: schedulerHints.default({}),
  /** A server whose request is asked again, in place of a flavor and all that belongs to it. */
  server: z.uuid().optional(),
  offset: z.int().min(0).default(0),
  limit: z.int().min(0).max(1000).default(100),
});

export const explainRequest = z.strictObject({
  explain: wish.refine(
    ({ flavor, server }) => (flavor === undefined) !== (server === undefined),
    'give either a flavor or a server',
  ),
});
export type ExplainWish = z.output<typeof wish>;
