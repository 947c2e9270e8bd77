import { operationState } from '@metalcast/domain';
import { Prisma } from '../../sql/prisma.js';
import type { QuickTx } from '../../database/database.js';
import { messagesWritten, writtenStreams } from '../../outbox/messages-written.js';
import type { Outgoing } from '../../outbox/outbox.js';
import { columnsOf, patchJson } from '../../sql/patch.js';
import { prepared } from '../../sql/prepared.js';
import { word } from '../../sql/state-words.js';
import {
  instanceTable,
  nodeTable,
  operationTable,
  type InstanceChange,
  type NodeChange,
  type OperationChange,
} from './columns.js';

/** How a step that was begun has ended. */
export interface StepEnd {
  readonly finishedAt: Date;
  readonly result: 'Success' | 'Error';
  readonly detail?: object | undefined;
}

/** A step as the journal keeps it (os-instance-actions). */
export interface JournalStep extends Partial<StepEnd> {
  readonly step: string;
  readonly attempt: number;
  readonly undo: boolean;
  readonly node: string | null;
  readonly startedAt: Date;
}

/** An operation that begins at once. */
export interface FollowingOperation {
  readonly id: string;
  readonly kind: string;
  readonly plan: number;
  readonly step: string;
  readonly nodeId: number;
  readonly epoch: number;
  readonly deadlineAt: Date;
}

/** All that a turn changes, each row as it is at its end. */
export interface TurnChanges {
  readonly operation: { readonly id: string; readonly change: OperationChange };
  readonly instance?: { readonly uuid: string; readonly change: InstanceChange } | undefined;
  readonly nodes: readonly { readonly id: number; readonly change: NodeChange }[];
  /** How the step ended that was open when the turn began. */
  readonly closed?: StepEnd | undefined;
  /** What was begun since, in order; the last one may be open. */
  readonly begun: readonly JournalStep[];
  readonly following?: FollowingOperation | undefined;
  /** The queued operation of this instance may start, to be looked at by then. */
  readonly starts?: { readonly instanceUuid: string; readonly deadlineAt: Date } | undefined;
}

/**
 * Writes a turn and its messages: one statement, the last of the transaction that holds the rows' locks. Returns the id
 * of the operation that was queued behind this one and has started.
 */
export async function writeTurn(
  { out, finish }: Pick<QuickTx, 'out' | 'finish'>,
  changes: TurnChanges,
): Promise<string | undefined> {
  const { started } = await finish<{ started: string | null }>(() => statement(changes, out));
  return started ?? undefined;
}

const json = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);

const secretsForgotten = Prisma.sql`, user_data = NULL, injected_files = NULL, admin_pass = NULL`;

/**
 * All parts see the rows as they were before the statement, so a part that a unique index sets against another one
 * waits for that one by counting its rows.
 */
function statement(changes: TurnChanges, out: Outgoing): Prisma.Sql {
  const { operation, instance, nodes, closed, begun, following, starts } = changes;
  const { secrets, ...instanceChange } = instance?.change ?? {};
  const isForgetting = secrets === null;
  const nodeChanges = nodes.map(({ id, change }) => ({ id, change: columnsOf(change) }));
  return Prisma.sql`${prepared(isForgetting ? 'write_forgetting_turn' : 'write_turn')}
    WITH operation AS (
      UPDATE operations o SET ${operationTable.assigned(Prisma.sql`${patchJson(operation.change)}`)}
       WHERE o.id = ${operation.id}::uuid RETURNING o.id
    ), instance AS (
      UPDATE instances i SET ${instanceTable.assigned(Prisma.sql`${patchJson(instanceChange)}`)}
             ${isForgetting ? secretsForgotten : Prisma.empty}
       WHERE i.uuid = ${instance?.uuid ?? null}::uuid
    ), node AS (
      UPDATE nodes n SET ${nodeTable.assigned(Prisma.sql`changed.change`)}
        FROM jsonb_to_recordset(${json(nodeChanges)}::jsonb) AS changed (id int, change jsonb)
       WHERE n.id = changed.id
    ), closed AS (
      UPDATE operation_steps s SET finished_at = e."finishedAt", result = e.result, detail = e.detail
        FROM jsonb_to_record(${json(closed)}::jsonb) AS e ("finishedAt" timestamptz, result text, detail jsonb)
       WHERE s.operation_id = ${operation.id}::uuid AND s.finished_at IS NULL AND e.result IS NOT NULL
      RETURNING s.id
    ), begun AS (
      INSERT INTO operation_steps (operation_id, step, attempt, undo, node, started_at, finished_at, result, detail)
      SELECT ${operation.id}::uuid, b.step, b.attempt, b.undo, b.node, b."startedAt", b."finishedAt", b.result, b.detail
        FROM ROWS FROM (jsonb_to_recordset(${json(begun)}::jsonb)
               AS (step text, attempt int, undo boolean, node uuid, "startedAt" timestamptz, "finishedAt" timestamptz, result text, detail jsonb))
             WITH ORDINALITY AS b
       WHERE (SELECT count(*) FROM closed) >= 0 ORDER BY b.ordinality
    ), following AS (
      INSERT INTO operations (id, kind, plan, state, step, node_id, epoch, deadline_at, request_id, project_id, user_id)
      SELECT f.id, f.kind, f.plan, ${word(operationState.running)}, f.step, f."nodeId", f.epoch, f."deadlineAt", o.request_id, o.project_id, o.user_id
        FROM jsonb_to_record(${json(following)}::jsonb)
               AS f (id uuid, kind text, plan int, step text, "nodeId" int, epoch int, "deadlineAt" timestamptz),
             operations o
       WHERE f.id IS NOT NULL AND o.id = ${operation.id}::uuid AND (SELECT count(*) FROM operation) >= 0
    ), started AS (
      UPDATE operations q SET state = ${word(operationState.running)}, deadline_at = ${starts?.deadlineAt ?? null}::timestamptz
       WHERE q.instance_uuid = ${starts?.instanceUuid ?? null}::uuid AND q.state = ${word(operationState.queued)}
         AND (SELECT count(*) FROM operation) >= 0
      RETURNING q.id
    ), ${messagesWritten(out)}
    SELECT (SELECT id::text FROM started) AS started, ${writtenStreams}`;
}
