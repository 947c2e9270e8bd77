import { defineMachine } from './machine.js';

/** Where an instance has come to rest (Nova `vm_state`). */
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

/** At rest with a node, its power on or off. A server in error may have one as well. */
export const statesKeepingNode: readonly VmState[] = [vmState.active, vmState.stopped];

/** What may be under way in each vm_state; null: nothing. */
const underWayIn = {
  building: [null, 'scheduling', 'networking', 'block_device_mapping', 'spawning', 'deleting'],
  active: [null, 'rebooting', 'rebooting_hard', 'deleting'],
  stopped: [null, 'rebooting', 'rebooting_hard', 'deleting'],
  error: [null, 'rebooting', 'rebooting_hard', 'deleting'],
  deleted: [null],
} as const satisfies Readonly<Record<VmState, readonly (string | null)[]>>;

/** What is under way on an instance (Nova `task_state`); null when nothing is. */
export type TaskState = Exclude<(typeof underWayIn)[VmState][number], null>;

export const taskStatesIn: Readonly<Record<VmState, readonly (TaskState | null)[]>> = underWayIn;

/** Each task state under its own name: what stands in code where the word would. */
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

/** The state at rest that has this API status; undefined: none has. */
export const vmStateOf = (status: string): VmState | undefined =>
  vmStates.states.find((state) => serverStatus[state] === status);

/** What is under way on an active server that shows in its status; all else leaves that as it is (Nova: api/openstack/common.py). */
const statusByTask: Readonly<Partial<Record<TaskState, string>>> = {
  rebooting: 'REBOOT',
  rebooting_hard: 'HARD_REBOOT',
};

/** API status of a server. */
export const statusOf = (vmState: VmState, taskState: TaskState | null): string =>
  (vmState === 'active' && taskState !== null ? statusByTask[taskState] : undefined) ??
  serverStatus[vmState];
