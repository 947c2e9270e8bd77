import { Fault, instanceActions, operations, type ActionRule, type InstanceAction, type OperationKind, type TaskState, type VmState } from '@metalcast/domain';
import type { Operation } from './generated/client.js';
import { insertOperation, lockLiveOperation, type Requester } from './operations.js';
import type { Sql } from './sql.js';

interface ActionWish {
  readonly kind: OperationKind;
  readonly action: InstanceAction;
  /** The server's while the operation runs. */
  readonly taskState: TaskState;
}

/**
 * Accepts an action on a server that has a node: its operation begins at once. One of the same kind that is under way, and over which
 * the action's rule allows it, takes the new task state instead. Fault INVALID_STATE when the rule does not allow it now, or
 * something else is under way. The caller wakes the operation by `compute.advance` in the same transaction.
 */
export async function requestAction(
  sql: Sql,
  uuid: string,
  { kind, action, taskState }: ActionWish,
  requester: Requester,
): Promise<Operation> {
  const live = await lockLiveOperation(sql, uuid);
  await sql.$queryRaw`SELECT 1 FROM instances WHERE uuid = ${uuid}::uuid FOR UPDATE`;
  const instance = await sql.instance.findUniqueOrThrow({ where: { uuid } });
  const rule: ActionRule = instanceActions[action];
  const refuse = (attribute: string, state: string | null): Fault =>
    new Fault('INVALID_STATE', {
      action: operations[kind].on === 'instance' ? kind : action,
      what: 'instance',
      id: uuid,
      attribute,
      state: state ?? 'none',
    });
  if (rule.vmStates !== 'any' && !rule.vmStates.includes(instance.vmState as VmState)) {
    throw refuse('vm_state', instance.vmState);
  }
  if (rule.taskStates !== 'any' && !rule.taskStates.includes(instance.taskState as TaskState | null)) {
    throw refuse('task_state', instance.taskState);
  }
  if (live !== undefined && live.kind !== kind) {
    throw refuse('task_state', live.kind);
  }
  const node = await sql.node.findUnique({ where: { instanceUuid: uuid } });
  if (node?.taskState !== 'active' || instance.launchedAt === null) {
    throw refuse('node', node?.taskState ?? null);
  }
  await sql.instance.update({ where: { uuid }, data: { taskState } });
  return (
    live ?? insertOperation(sql, { kind, state: 'running', instanceUuid: uuid }, requester)
  );
}
