import { randomUUID } from 'node:crypto';
import {
  operations,
  operationState,
  statesUnderWay,
  taskState,
  unendedOperationStates,
  type OperationKind,
} from '@metalcast/domain';
import type { Instance, Operation } from '../generated/client.js';
import { beginTask } from './instance-moves.js';
import type { Sql } from '../models/sql.js';
import { among } from '../sql/state-words.js';

/** How long an operation that nobody has looked at yet may rest before a sweep finds it. */
const firstLookMs = 2000;

export interface Requester {
  readonly requestId: string;
  readonly projectId?: string | undefined;
  readonly userId?: string | undefined;
}

interface NewOperation {
  readonly kind: OperationKind;
  /** It may start at once, or when the one before it has ended. */
  readonly state: typeof operationState.running | typeof operationState.queued;
  readonly instanceUuid?: string;
  readonly nodeId?: number;
  readonly epoch?: number;
}

/** Inserts an operation at its first step. A second live one for the instance or node is a unique violation. */
export async function insertOperation(
  sql: Sql,
  operation: NewOperation,
  requester: Requester,
): Promise<Operation> {
  const { kind, state, instanceUuid = null, nodeId = null, epoch = null } = operation;
  const { version: plan, starts: firstStep } = operations[kind];
  return sql.operation.create({
    data: {
      id: randomUUID(),
      kind,
      plan,
      state,
      step: firstStep,
      instanceUuid,
      nodeId,
      epoch,
      deadlineAt: await clockPlus(sql, firstLookMs),
      requestId: requester.requestId,
      projectId: requester.projectId ?? null,
      userId: requester.userId ?? null,
    },
  });
}

/** How long a build's request to the scheduler may take before it is made again. */
export const scheduleRecastMs = 10_000;

/** Locks the operation's row until the transaction ends; undefined when it is gone. */
export async function lockOperation(sql: Sql, id: string): Promise<Operation | undefined> {
  await sql.$queryRaw`SELECT 1 FROM operations WHERE id = ${id}::uuid FOR UPDATE`;
  return (await sql.operation.findUnique({ where: { id } })) ?? undefined;
}

/** The operation that is under way on the instance, locked, if any. */
export async function lockLiveOperation(
  sql: Sql,
  instanceUuid: string,
): Promise<Operation | undefined> {
  const [live] = await sql.$queryRaw<{ id: string }[]>`
    SELECT id FROM operations
     WHERE instance_uuid = ${instanceUuid}::uuid AND state IN ${among(statesUnderWay)} FOR UPDATE`;
  return live === undefined ? undefined : lockOperation(sql, live.id);
}

/**
 * Whether nothing is left to undo for the instance: no node has it, and nothing works on it or is about to.
 * Its row is locked until the transaction ends, so that stays so.
 */
export async function isUnplaced(sql: Sql, { uuid }: Pick<Instance, 'uuid'>): Promise<boolean> {
  if ((await lockLiveOperation(sql, uuid)) !== undefined) {
    return false;
  }
  await sql.$queryRaw`SELECT 1 FROM instances WHERE uuid = ${uuid}::uuid FOR UPDATE`;
  const node = await sql.node.count({ where: { instanceUuid: uuid } });
  const work = await sql.operation.count({
    where: { instanceUuid: uuid, state: { in: [...unendedOperationStates] } },
  });
  return node === 0 && work === 0;
}

/**
 * Accepts the deletion of an instance: what is under way on it is asked to end and the delete is queued
 * behind it; otherwise it can start at once. Idempotent: a delete that is live or queued is returned.
 * The caller announces it by `compute.terminate_instance` in the same transaction.
 */
export async function requestDelete(
  sql: Sql,
  instance: Pick<Instance, 'uuid'>,
  requester: Requester,
): Promise<Operation> {
  const before = await lockLiveOperation(sql, instance.uuid);
  await sql.$queryRaw`SELECT 1 FROM instances WHERE uuid = ${instance.uuid}::uuid FOR UPDATE`;
  // Another request may have begun one while we waited for the instance.
  const live = before ?? (await lockLiveOperation(sql, instance.uuid));
  if (live?.kind === 'delete') {
    return live.awaiting === 'pause' ? takeUp(sql, live) : live;
  }
  await beginTask(sql, instance.uuid, taskState.deleting);
  const target = { kind: 'delete', instanceUuid: instance.uuid } as const;
  if (live === undefined) {
    return insertOperation(sql, { ...target, state: operationState.running }, requester);
  }
  await sql.operation.update({ where: { id: live.id }, data: { cancelRequested: true } });
  const { queued: state } = operationState;
  const queued = await sql.operation.findFirst({ where: { instanceUuid: instance.uuid, state } });
  return queued ?? insertOperation(sql, { ...target, state }, requester);
}

/** Ends the pause of an operation: the next wake-up continues it at once. */
async function takeUp(sql: Sql, { id }: Operation): Promise<Operation> {
  return sql.operation.update({ where: { id }, data: { deadlineAt: await clockPlus(sql, 0) } });
}

/** The database's clock, `ms` from now: the only clock that deadlines are made from. */
export async function clockPlus(sql: Sql, ms: number): Promise<Date> {
  const [row] = await sql.$queryRaw<{ at: Date }[]>`
    SELECT clock_timestamp() + ${ms} * interval '1 millisecond' AS at`;
  if (row === undefined) {
    throw new Error('the database has no clock');
  }
  return row.at;
}
