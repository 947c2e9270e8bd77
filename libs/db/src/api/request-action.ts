import {
  Fault,
  instanceActions,
  nodeState,
  operationState,
  type ActionRule,
  type NodeAction,
  type TaskState,
  type VmState,
} from '@metalcast/domain';
import type { Operation } from '../generated/client.js';
import { beginTask } from './instance-moves.js';
import { insertOperation, lockLiveOperation, type Requester } from './operations.js';
import type { Sql } from '../models/sql.js';

/**
 * Accepts an action on a server that has a node: its operation begins at once. One of the same kind that is under way,
 * and over which the action's rule allows it, takes the new task state instead. Fault INVALID_STATE when the rule does
 * not allow it now, or something else is under way. The caller wakes the operation by `compute.advance` in the same
 * transaction.
 */
export async function requestAction(
  sql: Sql,
  uuid: string,
  action: NodeAction,
  requester: Requester,
): Promise<Operation> {
  const rule: ActionRule = instanceActions[action];
  const { kind, taskState } = rule;
  const before = await lockLiveOperation(sql, uuid);
  await sql.$queryRaw`SELECT 1 FROM instances WHERE uuid = ${uuid}::uuid FOR UPDATE`;
  // Another request may have begun one while we waited for the instance.
  const live = before ?? (await lockLiveOperation(sql, uuid));
  const instance = await sql.instance.findUniqueOrThrow({ where: { uuid } });
  const { vmState, taskState: present, launchedAt } = instance;
  const node = await sql.node.findUnique({ where: { instanceUuid: uuid } });
  const obstacles: readonly (readonly [
    isThere: boolean,
    attribute: string,
    state: string | null,
  ])[] = [
    [!isAmong(rule.vmStates, vmState as VmState), 'vm_state', vmState],
    [!isAmong(rule.taskStates, present as TaskState | null), 'task_state', present],
    [live !== undefined && live.kind !== kind, 'task_state', live?.kind ?? null],
    [node?.taskState !== nodeState.active || launchedAt === null, 'node', node?.taskState ?? null],
  ];
  const obstacle = obstacles.find(([isThere]) => isThere);
  if (obstacle !== undefined) {
    const [, attribute, state] = obstacle;
    const what = { action: kind, what: 'instance', id: uuid };
    throw new Fault('INVALID_STATE', { ...what, attribute, state: state ?? 'none' });
  }
  await beginTask(sql, uuid, taskState);
  const { running: state } = operationState;
  return live ?? insertOperation(sql, { kind, state, instanceUuid: uuid }, requester);
}

const isAmong = <T>(allowed: readonly T[] | 'any', value: T): boolean =>
  allowed === 'any' || allowed.includes(value);
