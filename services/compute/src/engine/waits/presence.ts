// Whether a service of ours was there all the time that an operation waited for what needs it.
import { heartbeatGapMs, listServices, type ServiceWithState } from '@metalcast/db';
import { bootServicesOf } from '@metalcast/db/compute';
import { binaries, Fault, type FaultRecord, type ServiceName } from '@metalcast/domain';
import type { ClockJump } from '@metalcast/service';
import { isAfter } from '../times.js';
import type { Turn } from '../turn.js';

/** The service without which the wait cannot end well, and its part. */
export interface Need {
  readonly service: ServiceName;
  readonly work: string;
}

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** `unproven`: it may have died since its last heartbeat; the next one shows. */
export type Presence = 'there' | 'unproven' | 'away';

interface Heartbeats extends Pick<
  ServiceWithState,
  'host' | 'startedAt' | 'lastSeen' | 'stoppedAt'
> {
  /** It works for the operation's node. */
  readonly serves: boolean;
}

/** More lines of evidence are not kept. */
const mostLines = 8;

/** A boot service serves one network, the other services serve every node. */
export async function heartbeatsOf(turn: Turn, service: ServiceName): Promise<Heartbeats[]> {
  if (service === 'boot') {
    return bootServicesOf(turn.sql, turn.requireInstance().uuid);
  }
  const services = await listServices({ sql: turn.sql }, binaries[service]);
  return services.map((each) => ({ ...each, serves: true }));
}

/**
 * Since when heartbeats tell of the time after `from`. A jump of the database's clock looks like a gap between
 * heartbeats, so they count anew from the first one after it.
 */
export function tellingFrom(jumps: readonly ClockJump[], from: Date): Date {
  const last = jumps.at(-1)?.to;
  return last !== undefined && isAfter(last, from)
    ? new Date(last.getTime() + heartbeatGapMs)
    : from;
}

/** There was one process for the whole span, by its heartbeats. */
export function presenceIn(
  services: readonly Heartbeats[],
  { from, to }: Span,
  now: Date,
): Presence {
  const early = services.filter(({ serves, startedAt }) => serves && !isAfter(startedAt, from));
  if (early.some(({ lastSeen, stoppedAt }) => !isAfter(to, stoppedAt ?? lastSeen))) {
    return 'there';
  }
  const mayStillBeat = early.some(
    ({ lastSeen, stoppedAt }) =>
      stoppedAt === null && now.getTime() - lastSeen.getTime() < heartbeatGapMs,
  );
  return mayStillBeat ? 'unproven' : 'away';
}

/** `otherwise`: the fault that the wait would have had. */
export function serviceLost(
  { service, work }: Need,
  services: readonly Heartbeats[],
  otherwise: FaultRecord,
): FaultRecord {
  const binary = binaries[service];
  const newestFirst = services.toSorted(
    (one, other) => other.lastSeen.getTime() - one.lastSeen.getTime(),
  );
  const seen = newestFirst
    .slice(0, mostLines - 1)
    .map((each) => `${binary} on ${each.host}: ${standing(each)}`);
  const evidence = [
    ...(seen.length === 0 ? [`${binary} has never been up`] : seen),
    `${otherwise.code}: ${otherwise.message}`,
  ];
  return new Fault('SERVICE_LOST', { service, work }, { evidence }).toRecord(otherwise.phase);
}

function standing({ serves, startedAt, lastSeen, stoppedAt }: Heartbeats): string {
  const up = serves
    ? `up only since ${startedAt.toISOString()}`
    : "does not serve the node's network";
  return stoppedAt === null
    ? `${up}, last heard of at ${lastSeen.toISOString()}`
    : `${up}, stopped at ${stoppedAt.toISOString()}`;
}
