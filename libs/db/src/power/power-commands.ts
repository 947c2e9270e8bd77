import { isFromOperation, operationOf } from '@metalcast/domain';
import { isUniqueViolation } from '../database/conflicts.js';
import type { Database } from '../database/database.js';
import { hasPassed } from '../sql/has-passed.js';
import { Prisma } from '../sql/prisma.js';
import { nodeToRead, type NodeToRead } from './power-readings.js';
import {
  whereHeld,
  isOpen,
  whereQueued,
  isSuperseded,
  newState,
  powerCommandsMoved,
} from './power-command-states.js';

export interface NewPowerCommand {
  readonly key: string;
  /** uuid. */
  readonly node: string;
  /** Refused unless it is the node's present one; null: that one. */
  readonly epoch: number | null;
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
  /** A bigint, as text. */
  readonly id: string;
  readonly claim: number;
}

export type Firmware = 'bios' | 'uefi';

/** A command as its holder needs it, with its node as enrolled. */
export interface ClaimedPowerCommand extends PowerClaim {
  readonly key: string;
  readonly nodeId: number;
  readonly epoch: number;
  /** Names the BMC: one command of a name runs at a time. Empty: it has none, and the node stands for it. */
  readonly address: string;
  readonly target: string;
  readonly bootDevice: string | null;
  readonly phase: string | null;
  readonly requestId: string;
  /** Since it was queued, when it was claimed. */
  readonly ageS: number;
  /** Until its deadline, when it was claimed; negative: it has passed. */
  readonly leftMs: number;
  /** uuid; null when the row of the node is gone. */
  readonly nodeUuid: string | null;
  /** A later command of the node ends it: there is nothing to do any more. */
  readonly superseded: boolean;
  /** Null when there is no such node any more, or it is in another epoch than the command's. */
  readonly node: NodeToRead | null;
  /** The firmware that the node's last ramdisk reported; null: none has reported yet. */
  readonly firmware: Firmware | null;
}

/** For commands `c`, nodes `n` and node_power `p`. */
const claimedCommand = Prisma.sql`
  c.id::text AS id, c.claim, c.key, c.node_id AS "nodeId", c.epoch, c.address, c.target, c.boot_device AS "bootDevice",
  c.phase, c.request_id AS "requestId",
  (extract(epoch FROM clock_timestamp() - c.created_at))::float8 AS "ageS",
  (extract(epoch FROM c.deadline_at - clock_timestamp()) * 1000)::float8 AS "leftMs",
  n.uuid::text AS "nodeUuid", ${isSuperseded} AS superseded,
  CASE WHEN n.epoch = c.epoch AND n.deleted_at IS NULL THEN (SELECT to_jsonb(read) FROM (SELECT ${nodeToRead}) AS read) END AS node,
  (SELECT d.inventory ->> 'firmware' FROM deployments d
    WHERE d.node_id = c.node_id AND d.inventory ->> 'firmware' IN ('bios', 'uefi')
    ORDER BY d.epoch DESC LIMIT 1) AS firmware`;

export interface PowerHolder {
  readonly owner: string;
  readonly leaseMs: number;
}

/**
 * `taken`: written down and begun, by this process. `deferred`: written down; this process has no room, or another
 * command of the node or its BMC comes first. `repeated`: the key is there already. `stale`: the node is in another
 * epoch. `busy`: an operation works on the node, and the command is not its. `unknown`: there is no such node.
 */
export type ReceivedPowerCommand =
  | { readonly outcome: 'taken'; readonly epoch: number; readonly command: ClaimedPowerCommand }
  | { readonly outcome: 'deferred' | 'repeated' | 'stale'; readonly epoch: number }
  | { readonly outcome: 'busy'; readonly epoch: number; readonly operationId: string }
  | { readonly outcome: 'unknown' };

/**
 * Writes the command down, by one statement, and takes it at once for `holder` if nothing comes before it. Idempotent:
 * a key makes one row.
 */
export async function receivePowerCommand(
  database: Database,
  command: NewPowerCommand,
  holder: PowerHolder | undefined,
): Promise<ReceivedPowerCommand> {
  const [row] = await database.statement<ReceivedRow>(
    'receive_power_command',
    receiveStatement(command, holder),
  );
  if (row === undefined) {
    return { outcome: 'unknown' };
  }
  const { nodeEpoch: epoch, nodeOperation: operationId, repeated } = row;
  if (row.claim !== null) {
    return row.claim > 0
      ? { outcome: 'taken', epoch, command: claimedOf({ ...row, claim: row.claim }) }
      : { outcome: 'deferred', epoch };
  }
  if (command.epoch !== null && command.epoch !== epoch) {
    return { outcome: repeated ? 'repeated' : 'stale', epoch };
  }
  if (!repeated && operationId !== null && operationId !== givenBy(command)) {
    return { outcome: 'busy', epoch, operationId };
  }
  // Not there when the statement began: another took a command of the node, or this one, in this very moment.
  return repeated || holder === undefined
    ? { outcome: 'repeated', epoch }
    : receivePowerCommand(database, command, undefined);
}

/** The operation that a command is from; null: none. It must name the epoch. */
const givenBy = (command: NewPowerCommand): string | null =>
  isFromOperation(command) ? (operationOf(command.key) ?? null) : null;

interface ReceivedRow extends Omit<ClaimedPowerCommand, 'claim'> {
  readonly nodeEpoch: number;
  /** Of the operation that works on the node. */
  readonly nodeOperation: string | null;
  /** Null: nothing was inserted; 0: nobody has taken it. */
  readonly claim: number | null;
  readonly repeated: boolean;
}

function receiveStatement(command: NewPowerCommand, holder: PowerHolder | undefined): Prisma.Sql {
  const { key, node, epoch, target, bootDevice, requestId, deadlineMs, queueMs } = command;
  const { owner = null, leaseMs = 0 } = holder ?? {};
  return Prisma.sql`
    WITH node AS MATERIALIZED (
      SELECT n.id, n.epoch, coalesce(n.bmc_key, '') AS address, n.operation_id AS operation FROM nodes n
       WHERE n.uuid = ${node}::uuid AND n.deleted_at IS NULL
    ), line AS MATERIALIZED (
      SELECT ${owner}::text IS NOT NULL AND NOT EXISTS (
               SELECT FROM power_commands o
                WHERE ${isOpen('o')}
                  AND (o.node_id = node.id OR (o.address = node.address AND o.address <> ''))) AS free
        FROM node
    ), c AS (
      INSERT INTO power_commands
             (key, node_id, epoch, address, target, boot_device, request_id, work_ms, state, owner, claim, lease_until, deadline_at)
      SELECT ${key}::text, node.id, node.epoch, node.address, ${target}::text, ${bootDevice}::text, ${requestId}::text, ${deadlineMs}::int,
             ${newState(Prisma.sql`free`)}, CASE WHEN free THEN ${owner}::text END,
             CASE WHEN free THEN 1 ELSE 0 END,
             CASE WHEN free THEN clock_timestamp() + ${leaseMs}::int * interval '1 millisecond' END,
             clock_timestamp() + CASE WHEN free THEN ${deadlineMs}::int ELSE ${queueMs}::int END * interval '1 millisecond'
        FROM node, line
       WHERE node.epoch = coalesce(${epoch}::int, node.epoch) AND (node.operation IS NULL OR node.operation = ${givenBy(command)}::uuid)
      ON CONFLICT DO NOTHING
      RETURNING *
    )
    SELECT n.epoch AS "nodeEpoch", n.operation_id::text AS "nodeOperation", EXISTS (SELECT FROM power_commands WHERE key = ${key}::text) AS repeated,
           ${claimedCommand}
      FROM node JOIN nodes n ON n.id = node.id LEFT JOIN node_power p ON p.node_id = n.id LEFT JOIN c ON true`;
}

export interface ClaimOptions extends PowerHolder {
  /** Also those whose deadline has passed, to be ended. */
  readonly overdue: boolean;
  /** Also those whose holder let its lease pass; those that were let go are taken by anybody. */
  readonly orphans: boolean;
  /** A clock that shows another time has jumped: it judges no deadline and no lease. Undefined: any is believed. */
  readonly clockWithin: { readonly from: Date; readonly to: Date } | undefined;
}

const claimTries = 5;

/** `none`: there is nothing to take; `open`: but there are commands that have not ended. */
export type PowerClaimed = (
  | { readonly outcome: 'taken'; readonly command: ClaimedPowerCommand }
  | { readonly outcome: 'none'; readonly open: boolean }
) & {
  /** What time it is there. */
  readonly clock: Date | undefined;
};

/**
 * Takes one command that nobody works at, the oldest of its BMC and of its node, or one whose holder let its
 * lease pass.
 */
export async function claimPowerCommand(
  database: Database,
  options: ClaimOptions,
): Promise<PowerClaimed> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [row] = await database.statement<ClaimRow>(
        'claim_power_command',
        claimStatement(options),
      );
      const clock = row?.clock;
      return row === undefined || row.id === null
        ? { outcome: 'none', open: row?.open ?? false, clock }
        : { outcome: 'taken', command: claimedOf({ ...row, id: row.id }), clock };
    } catch (error) {
      // Another took a command of the same BMC in this very moment; there may be one of another BMC.
      if (!isUniqueViolation(error) || attempt >= claimTries) {
        throw error;
      }
    }
  }
}

interface ClaimRow extends Omit<ClaimedPowerCommand, 'id'> {
  /** Null: none was taken. */
  readonly id: string | null;
  readonly open: boolean;
  readonly clock: Date;
}

const claimStatement = ({
  owner,
  leaseMs,
  overdue,
  orphans,
  clockWithin,
}: ClaimOptions): Prisma.Sql => Prisma.sql`
  WITH clock AS MATERIALIZED (
    SELECT now, now BETWEEN coalesce(${clockWithin?.from ?? null}::timestamptz, '-infinity')
                        AND coalesce(${clockWithin?.to ?? null}::timestamptz, 'infinity') AS believed
      FROM (SELECT clock_timestamp() AS now) AS clock
  ), c AS (
    ${powerCommandsMoved('take', {
      set: Prisma.sql`owner = ${owner}, claim = claim + 1,
           deadline_at = CASE WHEN claim = 0 AND deadline_at > clock_timestamp() AND work_ms IS NOT NULL
                              THEN clock_timestamp() + work_ms * interval '1 millisecond' ELSE deadline_at END,
           lease_until = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'`,
      where: Prisma.sql`c.id = (
       SELECT c.id FROM power_commands c
        WHERE ${isOpen('c')}
          AND (c.deadline_at > clock_timestamp() OR (${overdue}::boolean AND (SELECT believed FROM clock)))
          AND (${whereQueued('c')} OR c.lease_until IS NULL
               OR (${hasPassed('c.lease_until', leaseMs)} AND ${orphans}::boolean AND (SELECT believed FROM clock)))
          AND (${whereHeld('c')} OR (
               NOT EXISTS (SELECT 1 FROM power_commands o WHERE o.address = c.address AND c.address <> '' AND ${comesBefore})
           AND NOT EXISTS (SELECT 1 FROM power_commands o WHERE o.node_id = c.node_id AND ${comesBefore})))
        ORDER BY c.id LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    })}
    RETURNING *
  )
  SELECT clock.now AS clock, EXISTS (SELECT FROM power_commands o WHERE ${isOpen('o')}) AS open, ${claimedCommand}
    FROM clock LEFT JOIN c ON true LEFT JOIN nodes n ON n.id = c.node_id LEFT JOIN node_power p ON p.node_id = n.id`;

const comesBefore = Prisma.sql`(${whereHeld('o')} OR (${whereQueued('o')} AND o.id < c.id))`;

/** Only the command's own columns of the result row. */
const claimedOf = (row: ClaimedPowerCommand): ClaimedPowerCommand => ({
  id: row.id,
  claim: row.claim,
  key: row.key,
  nodeId: row.nodeId,
  epoch: row.epoch,
  address: row.address,
  target: row.target,
  bootDevice: row.bootDevice,
  phase: row.phase,
  requestId: row.requestId,
  ageS: row.ageS,
  leftMs: row.leftMs,
  nodeUuid: row.nodeUuid,
  superseded: row.superseded,
  node: row.node,
  firmware: row.firmware,
});
