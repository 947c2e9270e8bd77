import { placeHints, schedulerHints, type SchedulerHints } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';

/** Hints with one value. Nova keeps each of them as a list with one item. */
const single = ['group', 'query', 'build_near_host_ip', 'cidr'];

/** Parses the hints of a foreign caller. Fault BAD_REQUEST with the name of the invalid hint. */
export function parseHints(hints: object | null | undefined): SchedulerHints {
  const plain = Object.entries(hints ?? {}).map(([hint, value]: [string, unknown]) => [
    hint,
    single.includes(hint) ? onlyOf(value) : value,
  ]);
  const parsed = schedulerHints.safeParse(Object.fromEntries(plain));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new Fault('BAD_REQUEST', {
      reason: `Scheduler hint ${where}: ${issue?.message ?? 'invalid'}`,
    });
  }
  return parsed.data;
}

const onlyOf = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 ? value[0] : value;

/** uuids of all servers that the hints name. */
export const serversOf = (hints: SchedulerHints): string[] => [
  ...new Set(placeHints.flatMap((hint) => hints[hint] ?? [])),
];
