import type { Database } from '../database/database.js';
import { hasPassed } from '../sql/has-passed.js';
import { Prisma } from '../sql/prisma.js';

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

/** Of one that another holds: other words after each renewal and each change of holder. */
interface HeldLease {
  readonly state: string;
}

/**
 * The same for who watches it: what another has held is taken only when it is still as `unrenewed` says, whatever the
 * database's clock says. Otherwise, how it is.
 */
export async function acquireWatchedLease(
  database: Database,
  wanted: {
    readonly name: string;
    readonly owner: string;
    readonly ttlMs: number;
    readonly unrenewed: string | undefined;
  },
): Promise<LeaseClaim | HeldLease> {
  const { name, owner, ttlMs, unrenewed } = wanted;
  const asked = performance.now();
  const [row] = await database.sql.$queryRaw<{ claim: number | null; state: string | null }[]>`
    WITH acquired AS (${leaseAcquired(name, owner, ttlMs, Prisma.sql`(${stateOfLease} = ${unrenewed ?? null}::text)`)})
    SELECT (SELECT claim FROM acquired) AS claim, (SELECT ${stateOfLease} FROM leases WHERE name = ${name}) AS state`;
  const claim = row?.claim ?? null;
  return claim === null ? { state: row?.state ?? '' } : { name, claim, until: asked + ttlMs };
}

const stateOfLease = Prisma.sql`concat_ws(' ', leases.claim, leases.lease_until)`;

/** The statement that takes or renews it; no row comes back while somebody else holds it, which `isOver` denies. */
export const leaseAcquired = (
  name: string,
  owner: string,
  ttlMs: number,
  isOver = hasPassed('leases.lease_until', ttlMs),
): Prisma.Sql => Prisma.sql`
    INSERT INTO leases (name, owner, claim, lease_until)
    VALUES (${name}, ${owner}, 1, clock_timestamp() + ${ttlMs} * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE
       SET owner = excluded.owner,
           lease_until = excluded.lease_until,
           claim = leases.claim + CASE WHEN leases.owner IS NOT DISTINCT FROM excluded.owner THEN 0 ELSE 1 END
     WHERE leases.owner IS NOT DISTINCT FROM excluded.owner
        OR leases.lease_until IS NULL OR ${isOver}
    RETURNING claim`;

/** Releases the lease at once, so that another process need not wait for its end. */
export async function releaseLease(database: Database, name: string, owner: string): Promise<void> {
  await database.sql.$executeRaw`
    ${leaseReleased(name, owner)}`;
}

export const leaseReleased = (name: string, owner: string): Prisma.Sql =>
  Prisma.sql`UPDATE leases SET owner = NULL, lease_until = NULL WHERE name = ${name} AND owner = ${owner}`;
