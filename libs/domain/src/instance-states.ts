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

const settled: Record<VmState, string> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  error: 'ERROR',
  deleted: 'DELETED',
};

/** API status of a server from its two states. A task state shows only where a row names it. */
export function serverStatus(vmState: VmState, taskState: TaskState | null): string {
  return statusWhile.get(`${vmState}+${taskState ?? ''}`) ?? settled[vmState];
}

/** (vm state + task state) → status, where the task state shows through. */
const statusWhile: ReadonlyMap<string, string> = new Map();
