import {
  statesKeepingNode,
  taskState,
  vmState,
  type TaskState,
  type VmState,
} from './states/instance.js';

/** The public rule of a kind of operation; its steps are compute's. */
export interface OperationRule {
  /** Version of the plan: a process ignores operations with a version that it does not know. */
  readonly version: number;
  /** What the operation belongs to. */
  readonly on: 'instance' | 'node';
  /** Its first step. */
  readonly starts: string;
  /**
   * What happens when a deletion of its instance is accepted: `handover`: the deletion takes over what it holds at its
   * next turn; `wait`: the deletion waits for its end.
   */
  readonly cancel: 'handover' | 'wait';
  /** Its name in os-instance-actions; absent: users do not see it. */
  readonly action?: string;
}

/** A user's request that becomes an operation. */
export interface ActionRule {
  /** The operation that it becomes. */
  readonly kind: OperationKind;
  /** The server's task state while the operation runs. */
  readonly taskState: TaskState;
  /** States in which the API accepts it; `any`: it is never refused. */
  readonly vmStates: readonly VmState[] | 'any';
  readonly taskStates: readonly (TaskState | null)[] | 'any';
}

/**
 * The kinds of operations. Besides its row here a kind has a plan in compute and, unless compute itself starts it as it
 * starts `reclaim`, a request in the API (docs/extending.md). Code that reads an operation finds here what it may do
 * with it.
 */
export const operations = {
  build: { version: 1, on: 'instance', starts: 'schedule', cancel: 'handover', action: 'create' },
  delete: { version: 1, on: 'instance', starts: 'revokeServer', cancel: 'wait', action: 'delete' },
  reboot: { version: 1, on: 'instance', starts: 'begin', cancel: 'handover', action: 'reboot' },
  reclaim: { version: 1, on: 'node', starts: 'powerOff', cancel: 'wait' },
} as const satisfies Readonly<Record<string, OperationRule>>;

export type OperationKind = keyof typeof operations;

/** The rule of the kind that a row names; undefined: the row is of another release. */
export const operationRule = (kind: string): OperationRule | undefined =>
  Object.hasOwn(operations, kind) ? operations[kind as OperationKind] : undefined;

/** States in which a server may have a node at rest. */
const withNode = [...statesKeepingNode, vmState.error];

/**
 * The operation of each action on a server, and the states in which the API accepts it (Nova: check_instance_state).
 */
export const instanceActions = {
  delete: {
    kind: 'delete',
    taskState: taskState.deleting,
    vmStates: 'any',
    taskStates: 'any',
  },
  rebootSoft: {
    kind: 'reboot',
    taskState: taskState.rebooting,
    vmStates: withNode,
    taskStates: [null],
  },
  rebootHard: {
    kind: 'reboot',
    taskState: taskState.rebooting_hard,
    vmStates: withNode,
    // A hard reboot is accepted during a soft one (spec 2.5), because a system that hangs never ends the soft one.
    taskStates: [null, taskState.rebooting],
  },
} as const satisfies Readonly<Record<string, ActionRule>>;

export type InstanceAction = keyof typeof instanceActions;

/** Actions on a server's node; a deletion has its own rules. */
export type NodeAction = Exclude<InstanceAction, 'delete'>;
