/** Where an instance has come to rest (Nova `vm_state`). */
export type VmState = 'building' | 'active' | 'stopped' | 'error' | 'deleted';

/** What is under way on an instance (Nova `task_state`); null when nothing is. */
export type TaskState =
  | 'scheduling'
  | 'networking'
  | 'block_device_mapping'
  | 'spawning'
  | 'rebooting'
  | 'rebooting_hard'
  | 'deleting';

/** API status of a server at rest. */
export const serverStatus: Readonly<Record<VmState, string>> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  error: 'ERROR',
  deleted: 'DELETED',
};

/** What is under way on an active server that shows in its status; all else leaves that as it is (Nova: api/openstack/common.py). */
const statusByTask: Readonly<Partial<Record<TaskState, string>>> = {
  rebooting: 'REBOOT',
  rebooting_hard: 'HARD_REBOOT',
};

/** API status of a server. */
export const statusOf = (vmState: VmState, taskState: TaskState | null): string =>
  (vmState === 'active' && taskState !== null ? statusByTask[taskState] : undefined) ??
  serverStatus[vmState];
