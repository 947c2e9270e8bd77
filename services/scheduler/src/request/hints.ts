import { placeHints, schedulerHints, type SchedulerHints } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';

/** Hints of one value. Nova keeps them as lists of one. */
const single = ['group', 'query', 'build_near_host_ip', 'cidr'];

/** Hints as a foreign caller gives them. Fault BAD_REQUEST with the hint that cannot be read. */
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

/** uuids of the servers to stand near to, or away from. */
export const serversOf = (hints: SchedulerHints): string[] => [
  ...new Set(placeHints.flatMap((hint) => hints[hint] ?? [])),
];
