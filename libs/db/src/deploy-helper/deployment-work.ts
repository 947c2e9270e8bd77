// Deployments as work: which wait for a helper, which are held, which are overdue.
import { Fault } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import {
  deploymentColumns,
  deploymentNodeColumns,
  deploymentOfNodeRow,
  type DeploymentKey,
  type DeploymentNodeRow,
  type DeploymentOfNode,
  type DeploymentRow,
} from './deployments.js';
import { deploymentsMoved, whereHeld, whereQueued, whereUnfinished } from './deployment-states.js';
import type { Deployment } from '../generated/client.js';
import { deadlineMove, type JumpOfClock } from '../sql/clock-jump.js';
import { hasPassed } from '../sql/has-passed.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';

/** Which helper holds a deployment, by which attempt. Every write of a holder names both. */
export interface DeploymentClaim {
  readonly id: bigint;
  readonly attempt: number;
  readonly helper: string;
}

export interface LookOptions {
  /** Also those whose helper has let its lease pass. */
  readonly orphans: boolean;
  /** How long a lease lasts. */
  readonly leaseMs: number;
  /** Those tried this often are left to their deadline. */
  readonly maxAttempts: number;
  /** Those left to others. */
  readonly except: readonly bigint[];
  /** Most that wait. */
  readonly waiting: number;
  /** Most that are overdue. */
  readonly overdue: number;
}

export interface DeploymentsFound {
  /**
   * For a helper, the one that waits longest first: to be taken by changing them. Those of a node in another epoch are
   * nobody's work.
   */
  readonly waiting: readonly DeploymentOfNode[];
  /** Whose deadline has passed, the oldest first. */
  readonly overdue: readonly DeploymentOfNode[];
  /** Whether any is under way, at whatever helper. */
  readonly isAnyUnfinished: boolean;
  /** Whether any of them is of a node that is in another epoch: to be ended. */
  readonly isAnyLeftBehind: boolean;
  /** What time it is there. */
  readonly clock: Date | undefined;
}

type Overview = Pick<DeploymentsFound, 'isAnyUnfinished' | 'isAnyLeftBehind' | 'clock'>;
type Found = DeploymentRow & DeploymentNodeRow & { readonly found: 'free' | 'overdue' };
type Nothing = { readonly [K in keyof Found]: null };

/** What there is to do, of all kinds at once. */
export async function lookForDeployments(
  database: Database,
  { orphans, leaseMs, maxAttempts, except, ...most }: LookOptions,
): Promise<DeploymentsFound> {
  const rows = await database.statement<Overview & (Found | Nothing)>(
    'look_for_deployments',
    Prisma.sql`
      SELECT * FROM (
        SELECT clock_timestamp() AS clock, count(*) > 0 AS "isAnyUnfinished",
               coalesce(bool_or(n.epoch <> d.epoch), false) AS "isAnyLeftBehind"
          FROM deployments d JOIN nodes n ON n.id = d.node_id WHERE ${whereUnfinished}
      ) all_of_them LEFT JOIN (
        (SELECT 'free' AS found, ${deploymentColumns}, ${deploymentNodeColumns}
           FROM deployments d JOIN nodes n ON n.id = d.node_id AND n.epoch = d.epoch
          WHERE d.attempt < ${maxAttempts} AND d.id <> ALL (${except.map(String)}::bigint[])
            AND (${whereQueued} OR ${whereHeld}) AND (${whereQueued} OR (${orphans} AND ${hasPassed('d.lease_until', leaseMs)}))
          ORDER BY d.deadline_at LIMIT ${most.waiting})
        UNION ALL
        (SELECT 'overdue' AS found, ${deploymentColumns}, ${deploymentNodeColumns}
           FROM deployments d JOIN nodes n ON n.id = d.node_id
          WHERE d.deadline_at < clock_timestamp() AND ${whereUnfinished}
          ORDER BY d.deadline_at LIMIT ${most.overdue})
      ) found ON true ORDER BY "deadlineAt"`,
  );
  const views = rows.map(({ isAnyUnfinished, isAnyLeftBehind, clock, found, ...row }) => ({
    overview: { isAnyUnfinished, isAnyLeftBehind, clock },
    ...{ found, row },
  }));
  const ofKind = (kind: Found['found']): DeploymentOfNode[] =>
    views.flatMap(({ found, row }) => (found === kind ? [deploymentOfNodeRow(row as Found)] : []));
  const nothing = { isAnyUnfinished: false, isAnyLeftBehind: false, clock: undefined };
  return {
    waiting: ofKind('free'),
    overdue: ofKind('overdue'),
    ...(views[0]?.overview ?? nothing),
  };
}

/**
 * Ends all that are under way for nodes that are in another epoch: they are nobody's work. Nobody waits for them, so no
 * event says so. Idempotent.
 */
export async function endLeftBehind(database: Database): Promise<DeploymentKey[]> {
  const reason = 'the node left the epoch of the deployment';
  const fault = new Fault('CANCELLED', { reason }).toRecord();
  return database.statement<DeploymentKey>(
    'end_deployments_left_behind',
    Prisma.sql`
      WITH ended AS (
        ${deploymentsMoved('fail', {
          set: Prisma.sql`helper = NULL, lease_until = NULL, deadline_at = NULL,
            fault = ${JSON.stringify(fault)}::jsonb || jsonb_build_object('phase', state)`,
          where: Prisma.sql`id IN (
            SELECT d.id FROM deployments d JOIN nodes n ON n.id = d.node_id WHERE n.epoch <> d.epoch AND ${whereUnfinished})`,
        })}
        RETURNING node_id, epoch
      )
      SELECT n.uuid::text AS node, e.epoch FROM ended e JOIN nodes n ON n.id = e.node_id`,
  );
}

/** A holder's sign of life, with what it has done since the last. */
export interface HeldProgress extends DeploymentClaim {
  /** uuid of its node. */
  readonly node: string;
  /** Undefined: it got no further. */
  readonly progress?: {
    /** On the node's disk; as they are when absent. */
    readonly bytes?: { readonly done: bigint; readonly total: bigint };
    /** Its deadline, from now. */
    readonly deadlineMs: number;
  };
}

/** The columns that a renewal of the lease returns. */
export type RenewedDeployment = Pick<Deployment, 'id' | 'targetAttempt' | 'total'>;

/**
 * Renews the leases of all deployments that a process holds, and stores the progress of each with the messages of
 * `tell` about their nodes. A deployment that is not returned is no longer held: another helper, the sweeper or a new
 * epoch of its node has taken it.
 */
export async function renewDeployments(
  database: Database,
  held: readonly HeldProgress[],
  leaseMs: number,
  tell: (out: Outgoing) => void,
): Promise<RenewedDeployment[]> {
  const out = new Outgoing();
  tell(out);
  const claims = held.map(({ id, attempt, helper, progress }) => ({
    ...{ id: String(id), attempt, helper, deadline_ms: progress?.deadlineMs },
    ...{ bytes_done: progress?.bytes?.done.toString(), total: progress?.bytes?.total.toString() },
  }));
  const rows = await database.write<{ id: string; targetAttempt: number; total: string }>(
    'renew_deployments',
    out,
    () => Prisma.sql`
      WITH renewed AS (
        UPDATE deployments d
           SET lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond',
               bytes_done = coalesce(h.bytes_done, d.bytes_done), total = coalesce(h.total, d.total),
               progress_at = CASE WHEN h.deadline_ms IS NULL THEN d.progress_at ELSE clock_timestamp() END,
               deadline_at = coalesce(clock_timestamp() + h.deadline_ms * interval '1 millisecond', d.deadline_at)
          FROM jsonb_to_recordset(${JSON.stringify(claims)}::jsonb)
            AS h (id bigint, attempt int, helper text, bytes_done bigint, total bigint, deadline_ms float8),
               nodes n
         WHERE d.id = h.id AND d.attempt = h.attempt AND d.helper = h.helper
           AND ${whereHeld} AND n.id = d.node_id AND n.epoch = d.epoch
        RETURNING d.id, d.target_attempt, d.total, n.uuid::text AS node
      ), ${messagesWritten(out, Prisma.sql`about IN (SELECT node FROM renewed)`)}
      SELECT id, target_attempt AS "targetAttempt", total, ${writtenStreams} FROM renewed`,
  );
  return rows.map(({ id, total, ...row }) => ({ id: BigInt(id), total: BigInt(total), ...row }));
}

/**
 * Gives an unfinished deployment back, to be taken by another helper at once, or within `queueMs`; false: it was not
 * held any more.
 */
export async function releaseDeployment(
  database: Database,
  { id, attempt, helper }: DeploymentClaim,
  queueMs: number,
): Promise<boolean> {
  const mine = Prisma.sql`id = ${id}::bigint AND attempt = ${attempt} AND helper = ${helper}`;
  return (await release(database, mine, queueMs)) === 1;
}

/**
 * Queues what an earlier process of this host held, which the caller has followed: it need not be waited for.
 * Were it alive after all, the next attempt would fence it off.
 */
export const requeueDeploymentsOf = (
  database: Database,
  host: string,
  queueMs: number,
): Promise<number> => release(database, Prisma.sql`split_part(helper, ':', 1) = ${host}`, queueMs);

const release = (database: Database, where: Prisma.Sql, queueMs: number): Promise<number> =>
  database.sql.$executeRaw(
    deploymentsMoved('release', {
      set: Prisma.sql`helper = NULL, lease_until = NULL,
        deadline_at = clock_timestamp() + ${queueMs} * interval '1 millisecond'`,
      where,
    }),
  );

/** The database's clock jumped ahead: moves the deadlines that it jumped over by as much. Idempotent. */
export async function moveDeploymentDeadlines(
  database: Database,
  jump: JumpOfClock,
): Promise<void> {
  const { set, where } = deadlineMove(jump);
  await database.statement(
    'move_deployment_deadlines',
    Prisma.sql`UPDATE deployments d SET ${set} WHERE ${whereUnfinished} AND ${where}`,
  );
}
