import { defaultZone } from '@metalcast/domain';
import type { Service } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import type { Database } from '../database/database.js';
import { prepared } from '../sql/prepared.js';
import type { Queries } from '../sql/queries.js';

/**
 * A service not heard of for this long is down (Nova: service_down_time), if its heartbeats could have been written
 * meanwhile.
 */
export const serviceDownMs = 60_000;
/** A longer gap between heartbeats means that they could not be written, or that the database's clock has jumped. */
export const heartbeatGapMs = serviceDownMs / 2;

const ms = (count: number): string => `${count} * interval '1 millisecond'`;

/** The last heartbeat of the row `alias` is no older, nor later than now: then the clock has gone back since. */
const seenWithin = (alias: string, count: number): string =>
  `${alias}.last_seen BETWEEN clock_timestamp() - ${ms(count)} AND clock_timestamp() + ${ms(heartbeatGapMs)}`;

/**
 * Whether the service of the row `alias` counts as alive. Nobody is called dead for a time in which the database was
 * away or its clock jumped: some other service must have written its heartbeats for as long as this one was silent.
 */
const isRecentText = (alias: string): string => `(
  ${seenWithin(alias, serviceDownMs)}
  OR ${alias}.stopped_at IS NULL AND NOT EXISTS (
    SELECT FROM services witness
     WHERE ${seenWithin('witness', heartbeatGapMs)}
       AND witness.started_at <= clock_timestamp() - ${ms(serviceDownMs)}))`;

/** Whether the service of the row `s` is alive. */
export const isServiceLive = Prisma.raw(`(s.stopped_at IS NULL AND ${isRecentText('s')})`);

export interface Heartbeat {
  readonly host: string;
  readonly binary: string;
  readonly topic: string | null;
  readonly version: string;
  readonly details: Prisma.InputJsonObject;
}

/**
 * Writes the heartbeat; the first one of a process registers it. `started_at` is since when heartbeats have come
 * without a gap: only for that time can other processes be judged overdue. Idempotent.
 */
export async function beat(database: Database, heart: Heartbeat, first: boolean): Promise<void> {
  const { host, binary, topic, version, details } = heart;
  await database.sql.$executeRaw`
    INSERT INTO services (host, "binary", topic, version, details, zone)
    VALUES (${host}, ${binary}, ${topic}, ${version}, ${JSON.stringify(details)}::jsonb,
            ${binary === 'nova-compute' ? defaultZone : 'internal'})
    ON CONFLICT (host, "binary") DO UPDATE
       SET last_seen = clock_timestamp(), stopped_at = NULL, expired_at = NULL, topic = excluded.topic,
           version = excluded.version, details = excluded.details,
           started_at = CASE WHEN ${first} OR services.last_seen NOT BETWEEN clock_timestamp() - ${heartbeatGapMs} * interval '1 millisecond'
                                                                         AND clock_timestamp()
                             THEN clock_timestamp() ELSE services.started_at END`;
}

/** Marks an orderly stop, so that nobody waits for the heartbeat to grow old. */
export async function signOff(database: Database, host: string, binary: string): Promise<void> {
  await database.sql.$executeRaw`
    UPDATE services SET stopped_at = clock_timestamp() WHERE host = ${host} AND "binary" = ${binary}`;
}

/** When any service of the binary was heard of last; undefined: never. */
export async function lastSeenOf(sql: Queries, binary: string): Promise<Date | undefined> {
  const [row] = await sql.$queryRaw<{ seen: Date | null }[]>`
    SELECT max(last_seen) AS seen FROM services WHERE "binary" = ${binary}`;
  return row?.seen ?? undefined;
}

export type ServiceWithState = Omit<Service, 'expiredAt'> & {
  readonly up: boolean;
  /** Up, or signed off within the down time: it may be restarting. */
  readonly recent: boolean;
};

/** Of a service, with whether it is up by the database's clock. */
const isRecent = isRecentText('services');
export const serviceColumns = Prisma.raw(`
  id, host, "binary", topic, zone, last_seen AS "lastSeen", started_at AS "startedAt", stopped_at AS "stoppedAt",
  disabled, disabled_reason AS "disabledReason", version, details, ${isRecent} AS recent,
  ${isRecent} AND stopped_at IS NULL AS up`);

/** All services (of one binary). */
export async function listServices(
  { sql }: Pick<Database, 'sql'>,
  binary?: string,
): Promise<ServiceWithState[]> {
  return sql.$queryRaw<ServiceWithState[]>`${prepared('list_services')}
    SELECT ${serviceColumns} FROM services WHERE ${binary ?? null}::text IS NULL OR "binary" = ${binary ?? null}
     ORDER BY "binary", host`;
}
