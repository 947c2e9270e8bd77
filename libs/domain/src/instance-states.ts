/** Where an instance has come to rest (Nova `vm_state`). */
export type VmState = 'building' | 'active' | 'stopped' | 'error' | 'deleted';

/** What is under way on an instance (Nova `task_state`); null when nothing is. */
export type TaskState =
  'scheduling' | 'networking' | 'block_device_mapping' | 'spawning' | 'deleting';

export type InstanceAction = 'build' | 'delete';

interface ActionRule {
  /** States in which the API accepts the action; `any` when none is refused. */
  readonly vmStates: readonly VmState[] | 'any';
  readonly taskStates: readonly (TaskState | null)[] | 'any';
  /** Task state while the action runs, set by the request that accepts it. */
  readonly taskState: TaskState;
  readonly done: VmState;
  readonly failed: VmState;
  /** Name in os-instance-actions. */
  readonly action: string;
}

/** API action → when it is allowed and what it leads to. */
export const instanceActions = {
  build: {
    vmStates: ['building'],
    taskStates: 'any',
    taskState: 'scheduling',
    done: 'active',
    failed: 'error',
    action: 'create',
  },
  delete: {
    vmStates: 'any',
    taskStates: 'any',
    taskState: 'deleting',
    done: 'deleted',
    failed: 'error',
    action: 'delete',
  },
} as const satisfies Record<InstanceAction, ActionRule>;

/** API status of a server; what is under way on it does not change it. */
export const serverStatus: Readonly<Record<VmState, string>> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  error: 'ERROR',
  deleted: 'DELETED',
};
