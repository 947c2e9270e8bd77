import {
  statesKeepingNode,
  taskState,
  vmState,
  type TaskState,
  type VmState,
} from './states/instance.js';

/** What everybody may know of a kind of operation; its steps are compute's. */
export interface OperationRule {
  /** Of the plan: a process leaves alone an operation whose version it does not know. */
  readonly version: number;
  /** What it works for. */
  readonly on: 'instance' | 'node';
  /** Its first step. */
  readonly starts: string;
  /**
   * What happens to it when a deletion of its instance is accepted: the deletion takes over what it holds at its next turn, or
   * waits for its end.
   */
  readonly cancel: 'handover' | 'wait';
  /** Its name in os-instance-actions; absent: no user sees it. */
  readonly action?: string;
}

/** A request of a user that becomes an operation. */
export interface ActionRule {
  /** The operation that it becomes. */
  readonly kind: OperationKind;
  /** The server's while the operation runs. */
  readonly taskState: TaskState;
  /** States in which the API accepts it; `any`: it is never refused. */
  readonly vmStates: readonly VmState[] | 'any';
  readonly taskStates: readonly (TaskState | null)[] | 'any';
}

/**
 * The kinds of operations. Beside its row here a kind has a plan in compute and a request in the API (docs/extending.md). Who reads an operation
 * finds here what it may do with it.
 */
export const operations = {
  build: { version: 1, on: 'instance', starts: 'schedule', cancel: 'handover', action: 'create' },
  delete: { version: 1, on: 'instance', starts: 'revoke', cancel: 'wait', action: 'delete' },
  reboot: { version: 1, on: 'instance', starts: 'begin', cancel: 'handover', action: 'reboot' },
  clean: { version: 1, on: 'node', starts: 'powerOff', cancel: 'wait' },
} as const satisfies Readonly<Record<string, OperationRule>>;

export type OperationKind = keyof typeof operations;

/** The rule of a kind that a row names; undefined: it is of another release. */
export const operationRule = (kind: string): OperationRule | undefined =>
  Object.hasOwn(operations, kind) ? operations[kind as OperationKind] : undefined;

/** Those in which a server may have a node at rest. */
const withNode = [...statesKeepingNode, vmState.error];

/** What an action on a server becomes, and when the API accepts it (Nova: check_instance_state). */
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
    // Also over a soft one that is under way (spec 2.5): a system that hangs never ends that one.
    taskStates: [null, taskState.rebooting],
  },
} as const satisfies Readonly<Record<string, ActionRule>>;

export type InstanceAction = keyof typeof instanceActions;

/** What is asked of a server's node; a deletion is accepted by rules of its own. */
export type NodeAction = Exclude<InstanceAction, 'delete'>;
