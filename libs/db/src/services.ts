import { defaultZone } from '@metalcast/domain';
import type { Prisma, Service } from './generated/client.js';
import type { Database } from './database.js';
import type { Queries } from './queries.js';

/** A service not heard of for this long is down (Nova: service_down_time). */
export const serviceDownMs = 60_000;

export interface Heartbeat {
  readonly host: string;
  readonly binary: string;
  readonly topic: string | null;
  readonly version: string;
  readonly details: Prisma.InputJsonObject;
}

/** Writes the heartbeat; the first one of a process registers it. Repeatable. */
export async function beat(database: Database, heart: Heartbeat, first: boolean): Promise<void> {
  const { host, binary, topic, version, details } = heart;
  await database.prisma.$executeRaw`
    INSERT INTO services (host, "binary", topic, version, details, zone)
    VALUES (${host}, ${binary}, ${topic}, ${version}, ${JSON.stringify(details)}::jsonb,
            ${binary === 'nova-compute' ? defaultZone : 'internal'})
    ON CONFLICT (host, "binary") DO UPDATE
       SET last_seen = clock_timestamp(), stopped_at = NULL, topic = excluded.topic,
           version = excluded.version, details = excluded.details,
           report_count = services.report_count + 1,
           started_at = CASE WHEN ${first} THEN clock_timestamp() ELSE services.started_at END`;
}

/** Marks an orderly stop, so that nobody waits for the heartbeat to grow old. */
export async function signOff(database: Database, host: string, binary: string): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE services SET stopped_at = clock_timestamp() WHERE host = ${host} AND "binary" = ${binary}`;
}

/** When any service of the binary was heard of last; undefined: never. */
export async function lastSeenOf(sql: Queries, binary: string): Promise<Date | undefined> {
  const [row] = await sql.$queryRaw<{ seen: Date | null }[]>`
    SELECT max(last_seen) AS seen FROM services WHERE "binary" = ${binary}`;
  return row?.seen ?? undefined;
}

export type ServiceWithState = Service & {
  readonly up: boolean;
  /** Heard of within the down time, even if it has signed off since: it may be restarting. */
  readonly recent: boolean;
};

/** All services (of one binary), with whether they are up by the database's clock. */
export async function listServices(
  database: Database,
  binary?: string,
): Promise<ServiceWithState[]> {
  const [clock] = await database.prisma.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  const now = clock?.now.getTime() ?? 0;
  const services = await database.prisma.service.findMany({
    ...(binary === undefined ? {} : { where: { binary } }),
    orderBy: [{ binary: 'asc' }, { host: 'asc' }],
  });
  return services.map((service) => {
    const recent = now - service.lastSeen.getTime() <= serviceDownMs;
    return { ...service, recent, up: recent && service.stoppedAt === null };
  });
}
