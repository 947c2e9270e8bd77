import { defineMachine } from './machine.js';

/**
 * Life of a bare-metal node (`nodes.task_state`; Nova 2013 bm_nodes).
 * A node never claimed has NULL in the column, which reads as `available`.
 * An unstable state always belongs to an operation, and so has a deadline.
 */
export const nodeStates = defineMachine({
  available: {
    stable: true,
    on: {
      claim: { to: 'building', by: 'scheduler', why: 'a scheduler chose the node for a server' },
    },
  },
  building: {
    on: {
      ramdiskCalled: {
        to: 'deploying',
        by: 'compute',
        why: 'the deploy ramdisk reported to a helper',
      },
      fail: { to: 'deploy failed', by: 'compute', why: 'a step failed or its deadline passed' },
      cancel: { to: 'deleting', by: 'compute', why: 'the server was deleted while it was built' },
    },
  },
  deploying: {
    on: {
      imageWritten: {
        to: 'deploy complete',
        by: 'compute',
        why: 'the image is written and verified',
      },
      fail: { to: 'deploy failed', by: 'compute', why: 'writing failed or its deadline passed' },
      cancel: { to: 'deleting', by: 'compute', why: 'the server was deleted while it was built' },
    },
  },
  'deploy complete': {
    on: {
      booted: { to: 'active', by: 'compute', why: 'the node left the ramdisk for its own disk' },
      fail: { to: 'deploy failed', by: 'compute', why: 'the node did not restart from its disk' },
      cancel: { to: 'deleting', by: 'compute', why: 'the server was deleted while it was built' },
    },
  },
  active: {
    stable: true,
    on: { teardown: { to: 'deleting', by: 'compute', why: 'the server is being deleted' } },
  },
  'deploy failed': {
    on: {
      cancel: {
        to: 'deleting',
        by: 'compute',
        why: 'the server was deleted while its build was undone',
      },
      release: { to: 'deleted', by: 'compute', why: 'everything was undone and the power is off' },
      stuck: {
        to: 'error',
        by: 'compute',
        why: 'what it needs to be free could not be confirmed, its power above all',
      },
    },
  },
  deleting: {
    on: {
      release: { to: 'deleted', by: 'compute', why: 'the power is off and nothing is left' },
      stuck: {
        to: 'error',
        by: 'compute',
        why: 'what it needs to be free could not be confirmed, its power above all',
      },
    },
  },
  error: {
    stable: true,
    on: {
      teardown: { to: 'deleting', by: 'compute', why: 'the server is being deleted again' },
      reclaim: { to: 'cleaning', by: 'compute', why: 'the power is tried again' },
    },
  },
  cleaning: {
    on: {
      release: { to: 'deleted', by: 'compute', why: 'the power is off at last' },
      stuck: {
        to: 'error',
        by: 'compute',
        why: 'what it needs to be free could not be confirmed, its power above all',
      },
    },
  },
  deleted: {
    stable: true,
    on: {
      claim: { to: 'building', by: 'scheduler', why: 'a scheduler chose the node for a server' },
    },
  },
});

export const nodeState = nodeStates.names;
export type NodeState = keyof typeof nodeStates.table;
export type NodeEvent = Parameters<typeof nodeStates.next>[1];

/** The state in the column: `available` is NULL, as in Nova. */
export function nodeStateOf(column: string | null): NodeState {
  if (column === null) return 'available';
  if (Object.hasOwn(nodeStates.table, column)) return column as NodeState;
  throw new Error(`unknown node state ${column}`);
}

/** States in which a node without a server may rest. */
export const restWithoutServer: readonly NodeState[] = [...nodeStates.sources('claim'), 'error'];

/** Whether a scheduler may claim a node with this value in its column. */
export const isClaimable = (column: string | null): boolean =>
  nodeStates.next(nodeStateOf(column), 'claim') !== undefined;

/** Whether no operation works on a node with this value in its column. */
export const isNodeAtRest = (column: string | null): boolean =>
  nodeStates.isStable(nodeStateOf(column));
