import { defineMachine } from './machine.js';

/** The state of an instance at rest (Nova `vm_state`). */
export const vmStates = defineMachine({
  building: {
    on: {
      built: { to: 'active', by: 'compute', why: 'the build has succeeded' },
      fail: { to: 'error', by: 'compute', why: 'the build failed for good' },
      gone: { to: 'deleted', by: 'compute', why: 'nothing is left of it' },
    },
  },
  active: {
    stable: true,
    on: {
      rebooted: { to: 'active', by: 'compute', why: 'its node was restarted' },
      fail: {
        to: 'error',
        by: 'compute',
        why: 'an operation failed and its node is not known to run',
      },
      gone: { to: 'deleted', by: 'compute', why: 'nothing is left of it' },
    },
  },
  stopped: {
    stable: true,
    on: {
      rebooted: { to: 'active', by: 'compute', why: 'its node was restarted' },
      fail: {
        to: 'error',
        by: 'compute',
        why: 'an operation failed and its node is not known to run',
      },
      gone: { to: 'deleted', by: 'compute', why: 'nothing is left of it' },
    },
  },
  error: {
    stable: true,
    on: {
      rebooted: { to: 'active', by: 'compute', why: 'its node was restarted' },
      fail: { to: 'error', by: 'compute', why: 'its deletion failed' },
      gone: {
        to: 'deleted',
        by: 'compute',
        why: 'nothing is left of it; by the api when it had no node',
      },
    },
  },
  deleted: { stable: true, on: {} },
});

export const vmState = vmStates.names;
export type VmState = keyof typeof vmStates.table;
export type InstanceEvent = Parameters<typeof vmStates.next>[1];

/** States at rest with a node, its power on or off. A server in error may have a node as well. */
export const statesKeepingNode: readonly VmState[] = [vmState.active, vmState.stopped];

/** The task states that are possible in each vm_state; null: none. */
const underWayIn = {
  building: [null, 'scheduling', 'networking', 'block_device_mapping', 'spawning', 'deleting'],
  active: [null, 'rebooting', 'rebooting_hard', 'deleting'],
  stopped: [null, 'rebooting', 'rebooting_hard', 'deleting'],
  error: [null, 'rebooting', 'rebooting_hard', 'deleting'],
  deleted: [null],
} as const satisfies Readonly<Record<VmState, readonly (string | null)[]>>;

/** The work under way on an instance (Nova `task_state`); null when there is none. */
export type TaskState = Exclude<(typeof underWayIn)[VmState][number], null>;

export const taskStatesIn: Readonly<Record<VmState, readonly (TaskState | null)[]>> = underWayIn;

/** Each task state by its own name: code uses these instead of literals. */
export const taskState = Object.fromEntries(
  Object.values(taskStatesIn)
    .flat()
    .filter((state) => state !== null)
    .map((state) => [state, state]),
) as { readonly [S in TaskState]: S };

/** API status of a server at rest. */
export const serverStatus: Readonly<Record<VmState, string>> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  error: 'ERROR',
  deleted: 'DELETED',
};

/** The state at rest with this API status; undefined: none has it. */
export const vmStateOf = (status: string): VmState | undefined =>
  vmStates.states.find((state) => serverStatus[state] === status);

/**
 * The task states of an active server that its status shows; others do not change it (Nova: api/openstack/common.py).
 */
const statusByTask: Readonly<Partial<Record<TaskState, string>>> = {
  rebooting: 'REBOOT',
  rebooting_hard: 'HARD_REBOOT',
};

/** API status of a server. */
export const statusOf = (vmState: VmState, taskState: TaskState | null): string =>
  (vmState === 'active' && taskState !== null ? statusByTask[taskState] : undefined) ??
  serverStatus[vmState];
