// Whether a service of ours was there all the time that an operation waited for what needs it.
import { heartbeatGapMs, listServices, type Queries, type ServiceWithState } from '@metalcast/db';
import { binaries, Fault, type FaultRecord, type ServiceName } from '@metalcast/domain';
import { isAfter } from '../times.js';

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

type Heartbeats = Pick<ServiceWithState, 'host' | 'startedAt' | 'lastSeen' | 'stoppedAt'>;

export const heartbeatsOf = (sql: Queries, service: ServiceName): Promise<ServiceWithState[]> =>
  listServices({ sql }, binaries[service]);

/** There was one process for the whole span, by its heartbeats. */
export function presenceIn(
  services: readonly Heartbeats[],
  { from, to }: Span,
  now: Date,
): Presence {
  const early = services.filter(({ startedAt }) => !isAfter(startedAt, from));
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
  const seen = services.map((each) => `${binary} on ${each.host}: ${standing(each)}`);
  const evidence = [
    ...(seen.length === 0 ? [`${binary} has never been up`] : seen),
    `${otherwise.code}: ${otherwise.message}`,
  ];
  return new Fault('SERVICE_LOST', { service, work }, { evidence }).toRecord(otherwise.phase);
}

function standing({ startedAt, lastSeen, stoppedAt }: Heartbeats): string {
  const up = `up only since ${startedAt.toISOString()}`;
  return stoppedAt === null
    ? `${up}, last heard of at ${lastSeen.toISOString()}`
    : `${up}, stopped at ${stoppedAt.toISOString()}`;
}
