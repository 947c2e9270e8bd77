import { isUniqueViolation } from './conflicts.js';
import type { Database, Sql } from './database.js';
import type { FaultRecord } from '@metalcast/domain';

export interface NewPowerCommand {
  readonly key: string;
  readonly nodeId: number;
  /** Refused unless it is the node's present one. */
  readonly epoch: number;
  /** Names the BMC: one command of a name runs at a time. */
  readonly address: string;
  readonly target: string;
  readonly bootDevice: string | null;
  readonly requestId: string;
  /** How long it may take once it is begun: it has ended by then, one way or the other. */
  readonly deadlineMs: number;
  /** How long it may wait to be begun. */
  readonly queueMs: number;
}

/** Which holder of the row; every write of a holder names it. */
export interface PowerClaim {
  readonly id: bigint;
  readonly claim: number;
}

/** A command as its holder needs it. */
export interface ClaimedPowerCommand extends PowerClaim {
  readonly key: string;
  readonly nodeId: number;
  readonly epoch: number;
  readonly address: string;
  readonly target: string;
  readonly bootDevice: string | null;
  readonly phase: string | null;
  readonly requestId: string;
  /** Since it was queued, when it was claimed. */
  readonly ageS: number;
}

export interface PowerHold {
  /** On this process's monotonic clock (performance.now), counted from before the question. */
  readonly until: number;
  /** The deadline on the same clock. */
  readonly deadline: number;
  /** Whether the node is still in the command's epoch. */
  readonly current: boolean;
}

/** `repeated`: the key is there already. `stale`: the node is in another epoch, or gone. */
export type Queued = 'queued' | 'repeated' | 'stale';

/** Writes the command down. Repeatable: a key makes one row. */
export async function queuePowerCommand(sql: Sql, command: NewPowerCommand): Promise<Queued> {
  const { key, nodeId, epoch, address, target, bootDevice, requestId, deadlineMs, queueMs } =
    command;
  const inserted = await sql.$executeRaw`
    INSERT INTO power_commands (key, node_id, epoch, address, target, boot_device, request_id, work_ms, deadline_at)
    SELECT ${key}, n.id, n.epoch, ${address}, ${target}, ${bootDevice}, ${requestId},
           ${deadlineMs}, clock_timestamp() + ${queueMs} * interval '1 millisecond'
      FROM nodes n WHERE n.id = ${nodeId} AND n.epoch = ${epoch} AND n.deleted_at IS NULL
    ON CONFLICT (key) DO NOTHING`;
  if (inserted === 1) {
    return 'queued';
  }
  const same = await sql.powerCommand.findUnique({ where: { key }, select: { id: true } });
  return same === null ? 'stale' : 'repeated';
}

export interface ClaimOptions {
  readonly owner: string;
  readonly leaseMs: number;
  /** Also those whose deadline has passed, to be ended. */
  readonly overdue: boolean;
}

const claimTries = 5;

/**
 * Takes one command that nobody works at, the oldest of its BMC and of its node, or one whose holder let its
 * lease pass. Undefined when there is none.
 */
export async function claimPowerCommand(
  database: Database,
  options: ClaimOptions,
): Promise<ClaimedPowerCommand | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryToClaim(database, options);
    } catch (error) {
      // Another took a command of the same BMC in this very moment; there may be one of another BMC.
      if (!isUniqueViolation(error) || attempt >= claimTries) {
        throw error;
      }
    }
  }
}

async function tryToClaim(
  database: Database,
  { owner, leaseMs, overdue }: ClaimOptions,
): Promise<ClaimedPowerCommand | undefined> {
  const [row] = await database.prisma.$queryRaw<ClaimedPowerCommand[]>`
    UPDATE power_commands
       SET state = 'running', owner = ${owner}, claim = claim + 1,
           deadline_at = CASE WHEN claim = 0 AND deadline_at > clock_timestamp() AND work_ms IS NOT NULL
                              THEN clock_timestamp() + work_ms * interval '1 millisecond' ELSE deadline_at END,
           lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
     WHERE id = (
       SELECT c.id FROM power_commands c
        WHERE (c.state = 'queued' OR c.state = 'running')
          AND (c.deadline_at > clock_timestamp() OR ${overdue})
          AND (c.state = 'queued' OR c.lease_until < clock_timestamp())
          AND (c.state = 'running' OR (
               NOT EXISTS (SELECT 1 FROM power_commands o WHERE o.address = c.address AND c.address <> ''
                           AND (o.state = 'running' OR (o.state = 'queued' AND o.id < c.id)))
           AND NOT EXISTS (SELECT 1 FROM power_commands o WHERE o.node_id = c.node_id
                           AND (o.state = 'running' OR (o.state = 'queued' AND o.id < c.id)))))
        ORDER BY c.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, claim, key, node_id AS "nodeId", epoch, address, target,
              boot_device AS "bootDevice", phase, request_id AS "requestId",
              extract(epoch FROM clock_timestamp() - created_at)::float8 AS "ageS"`;
  return row;
}

/** Renews the lease, and tells whether the command may still act. Undefined: the claim is lost. */
export async function holdPowerCommand(
  database: Database,
  { id, claim }: PowerClaim,
  leaseMs: number,
): Promise<PowerHold | undefined> {
  const asked = performance.now();
  const [row] = await database.prisma.$queryRaw<{ current: boolean; leftMs: number }[]>`
    UPDATE power_commands c SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      FROM nodes n
     WHERE c.id = ${id} AND c.claim = ${claim} AND c.state = 'running' AND n.id = c.node_id
    RETURNING n.epoch = c.epoch AND n.deleted_at IS NULL AS current,
              (EXTRACT(EPOCH FROM c.deadline_at - clock_timestamp()) * 1000)::float8 AS "leftMs"`;
  return row === undefined
    ? undefined
    : { until: asked + leaseMs, deadline: asked + row.leftMs, current: row.current };
}

/** Remembers how far the command has come, for whoever resumes it. False: the claim is lost. */
export async function storePowerPhase(
  database: Database,
  { id, claim }: PowerClaim,
  phase: string,
): Promise<boolean> {
  const stored = await database.prisma.$executeRaw`
    UPDATE power_commands SET phase = ${phase} WHERE id = ${id} AND claim = ${claim} AND state = 'running'`;
  return stored === 1;
}

/** Ends the command; a fault makes it a failed one. False: the claim is lost. */
export async function endPowerCommand(
  sql: Sql,
  { id, claim }: PowerClaim,
  fault: FaultRecord | null,
): Promise<boolean> {
  const ended = await sql.$executeRaw`
    UPDATE power_commands
       SET state = ${fault === null ? 'succeeded' : 'failed'}, lease_until = NULL,
           finished_at = clock_timestamp(), fault = ${fault === null ? null : JSON.stringify(fault)}::jsonb
     WHERE id = ${id} AND claim = ${claim} AND state = 'running'`;
  return ended === 1;
}

/** Lets go of the command unfinished, so that another need not wait for the end of the lease. */
export async function releasePowerCommand(
  database: Database,
  { id, claim }: PowerClaim,
): Promise<void> {
  await database.prisma.$executeRaw`
    UPDATE power_commands SET lease_until = clock_timestamp() - interval '1 millisecond'
     WHERE id = ${id} AND claim = ${claim} AND state = 'running'`;
}
