// Statements of the process that holds power commands while it works on them.
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import type { PowerClaim } from './power-commands.js';
import { whereHeld, standing, type PowerStanding } from './power-command-states.js';

export interface PowerHold {
  /** On this process's monotonic clock (performance.now), counted from before the statement. */
  readonly until: number;
  readonly standing: PowerStanding;
}

export interface HoldOptions {
  readonly leaseMs: number;
  /** The progress of the command, for a process that resumes it; null: keeps the stored one. */
  readonly phase: string | null;
}

/** Renews the lease, stores the phase, and returns whether the command may still act. Undefined: the claim is lost. */
export async function holdPowerCommand(
  database: Database,
  { id, claim }: PowerClaim,
  { leaseMs, phase }: HoldOptions,
): Promise<PowerHold | undefined> {
  const asked = performance.now();
  const [row] = await database.statement<{ standing: PowerStanding }>(
    'hold_power_command',
    Prisma.sql`
      UPDATE power_commands c
         SET lease_until = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond', phase = coalesce(${phase}::text, c.phase)
        FROM nodes n
       WHERE c.id = ${id}::bigint AND c.claim = ${claim}::int AND ${whereHeld('c')} AND n.id = c.node_id
      RETURNING ${standing}`,
  );
  return row === undefined ? undefined : { until: asked + leaseMs, standing: row.standing };
}

export interface RenewedPowerCommands {
  /** By the ids of those whose claim still holds. */
  readonly standings: ReadonlyMap<string, PowerStanding>;
  /** The database's time. */
  readonly clock: Date | undefined;
}

/** Renews the leases of all commands that a process holds, by one statement. */
export async function renewPowerCommands(
  database: Database,
  claims: readonly PowerClaim[],
  leaseMs: number,
): Promise<RenewedPowerCommands> {
  const rows = await database.statement<{ id: string; standing: PowerStanding; clock: Date }>(
    'renew_power_commands',
    Prisma.sql`
      UPDATE power_commands c SET lease_until = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'
        FROM unnest(${claims.map(({ id }) => id)}::bigint[], ${claims.map(({ claim }) => claim)}::int[]) AS held (id, claim), nodes n
       WHERE c.id = held.id AND c.claim = held.claim AND ${whereHeld('c')} AND n.id = c.node_id
      RETURNING c.id::text AS id, ${standing}, clock_timestamp() AS clock`,
  );
  return { standings: new Map(rows.map((row) => [row.id, row.standing])), clock: rows[0]?.clock };
}

/** Releases the unfinished command: without a lease, the next process that looks takes it. */
export async function releasePowerCommand(
  database: Database,
  { id, claim }: PowerClaim,
): Promise<void> {
  await database.statement(
    'release_power_command',
    Prisma.sql`
      UPDATE power_commands c SET lease_until = NULL
       WHERE c.id = ${id}::bigint AND c.claim = ${claim}::int AND ${whereHeld('c')}`,
  );
}
