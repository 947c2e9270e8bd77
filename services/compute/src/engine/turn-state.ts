import type {
  FollowingOperation,
  InstanceChange,
  JournalStep,
  NodeChange,
  OperationChange,
  StepEnd,
  TurnChanges,
  TurnInstance,
  TurnNode,
  TurnOperation,
  TurnRows,
} from '@metalcast/db/compute';

/**
 * An immutable snapshot of a turn's rows and pending writes. Each change makes a new snapshot; going back restores an
 * old one.
 */
export interface TurnState {
  readonly operation: TurnOperation;
  readonly instance: TurnInstance | undefined;
  /** The node that the operation works on. */
  readonly node: TurnNode | undefined;
  readonly operationChange: OperationChange;
  readonly instanceChange: InstanceChange;
  readonly nodeChanges: ReadonlyMap<number, NodeChange>;
  /** How the step has ended that was open when the turn began. */
  readonly closed: StepEnd | undefined;
  readonly begun: readonly JournalStep[];
  readonly following: FollowingOperation | undefined;
  readonly starts: TurnChanges['starts'];
}

/** Nothing is changed yet. */
export const stateOf = ({ operation, instance, node }: TurnRows): TurnState => ({
  ...{ operation, instance, node },
  ...{ operationChange: {}, instanceChange: {}, nodeChanges: new Map() },
  ...{ closed: undefined, begun: [], following: undefined, starts: undefined },
});

/** The writes of the turn; undefined: none. */
export function changesOf(state: TurnState): TurnChanges | undefined {
  const { operation, instance, operationChange, instanceChange, nodeChanges } = state;
  const isInstanceChanged = instance !== undefined && Object.keys(instanceChange).length > 0;
  if (!isInstanceChanged && Object.keys(operationChange).length === 0 && nodeChanges.size === 0) {
    return undefined;
  }
  const { closed, begun, following, starts } = state;
  return {
    operation: { id: operation.id, change: operationChange },
    instance: isInstanceChanged ? { uuid: instance.uuid, change: instanceChange } : undefined,
    nodes: [...nodeChanges].map(([id, change]) => ({ id, change })),
    ...{ closed, begun, following, starts },
  };
}
