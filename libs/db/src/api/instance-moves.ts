import {
  Fault,
  taskStatesIn,
  vmStates,
  type InstanceEvent,
  type TaskState,
  type VmState,
} from '@metalcast/domain';
import type { Instance, Prisma } from '../generated/client.js';
import type { Sql } from '../models/sql.js';

/**
 * Takes an edge of the table of vm_states, outside of an operation: from the state that the caller has read, under a
 * lock. Fault INVALID_STATE when there is no such edge.
 */
export async function moveInstance(
  sql: Sql,
  { uuid, vmState, taskState }: Pick<Instance, 'uuid' | 'vmState' | 'taskState'>,
  event: InstanceEvent,
  change: Omit<Prisma.InstanceUncheckedUpdateInput, 'vmState'>,
): Promise<Instance> {
  const to = vmStates.next(vmState as VmState, event);
  if (to === undefined) {
    throw refused(uuid, event, vmState);
  }
  return sql.instance.update({
    where: { uuid, vmState, taskState },
    data: { ...change, vmState: to },
  });
}

/**
 * Says what is under way on the instance; its row is locked. Fault INVALID_STATE when its vm_state does not allow that.
 */
export async function beginTask(sql: Sql, uuid: string, taskState: TaskState): Promise<void> {
  const allowing = vmStates.states.filter((state) => taskStatesIn[state].includes(taskState));
  const { count } = await sql.instance.updateMany({
    where: { uuid, vmState: { in: allowing } },
    data: { taskState },
  });
  if (count === 0) {
    const { vmState } = await sql.instance.findUniqueOrThrow({ where: { uuid } });
    throw refused(uuid, taskState, vmState);
  }
}

const refused = (id: string, action: string, state: string): Fault =>
  new Fault('INVALID_STATE', { action, what: 'instance', id, attribute: 'vm_state', state });
