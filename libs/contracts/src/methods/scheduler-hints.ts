import { parseJsonQuery } from '@metalcast/domain';
import { z } from 'zod';

/** Spelt as the database returns it. */
const uuid = z.uuid().toLowerCase();

const servers = z
  .union([uuid.transform((one) => [one]), z.array(uuid).min(1).max(100)])
  .describe('uuids of servers');

/** JsonFilter's query: a JSON list, or its text. */
const query = z.union([z.string(), z.array(z.unknown())]).transform((text, context) => {
  try {
    parseJsonQuery(text);
    return typeof text === 'string' ? text : JSON.stringify(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

/** Hints that name servers to be near to, or away from. */
export const placeHints = [
  'same_host',
  'different_host',
  'same_rack',
  'different_rack',
  'same_power_feed',
  'different_power_feed',
  'same_switch',
  'different_switch',
] as const;
export type PlaceHint = (typeof placeHints)[number];

/** `os:scheduler_hints`: where to place a server. Hints that no filter reads are stored and ignored, as in Nova. */
export const schedulerHints = z.looseObject({
  /** A server group. */
  group: uuid.optional(),
  ...(Object.fromEntries(placeHints.map((hint) => [hint, servers.optional()])) as Record<
    PlaceHint,
    z.ZodOptional<typeof servers>
  >),
  query: query.optional(),
  build_near_host_ip: z.ipv4().optional(),
  /** Prefix length for build_near_host_ip: /24. */
  cidr: z
    .string()
    .regex(/^\/?(?:[12]?\d|3[0-2])$/, 'must be a prefix length such as /24')
    .optional(),
});
export type SchedulerHints = z.output<typeof schedulerHints>;
