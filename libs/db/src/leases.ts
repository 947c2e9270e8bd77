import type { Database } from './database.js';
import { Prisma } from './prisma.js';

/** How long a lease lasts and how often its holder renews it (protocols: 15 s, 5 s). */
export const leaseMs = 15_000;
export const leaseRenewMs = 5000;

export interface LeaseClaim {
  readonly name: string;
  /** Grows with every change of holder. */
  readonly claim: number;
  /** On this process's monotonic clock (performance.now): not to be trusted after. Counted from before the question. */
  readonly until: number;
}

/** Takes or renews the lease for `owner`; undefined while somebody else holds it. */
export async function acquireLease(
  database: Database,
  name: string,
  owner: string,
  ttlMs: number = leaseMs,
): Promise<LeaseClaim | undefined> {
  const asked = performance.now();
  const [row] = await database.sql.$queryRaw<{ claim: number }[]>(
    leaseAcquired(name, owner, ttlMs),
  );
  return row === undefined ? undefined : { name, claim: row.claim, until: asked + ttlMs };
}

/** The statement that takes or renews it; no row comes back while somebody else holds it. */
export const leaseAcquired = (name: string, owner: string, ttlMs: number): Prisma.Sql => Prisma.sql`
    INSERT INTO leases (name, owner, claim, lease_until)
    VALUES (${name}, ${owner}, 1, clock_timestamp() + ${ttlMs} * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE
       SET owner = excluded.owner,
           lease_until = excluded.lease_until,
           claim = leases.claim + CASE WHEN leases.owner IS NOT DISTINCT FROM excluded.owner THEN 0 ELSE 1 END
     WHERE leases.owner IS NOT DISTINCT FROM excluded.owner
        OR leases.lease_until IS NULL OR leases.lease_until < clock_timestamp()
    RETURNING claim`;

/** Lets go at once, so that another need not wait for the end of the lease. */
export async function releaseLease(database: Database, name: string, owner: string): Promise<void> {
  await database.sql.$executeRaw`
    ${leaseReleased(name, owner)}`;
}

export const leaseReleased = (name: string, owner: string): Prisma.Sql =>
  Prisma.sql`UPDATE leases SET owner = NULL, lease_until = NULL WHERE name = ${name} AND owner = ${owner}`;
