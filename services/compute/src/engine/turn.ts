import { eventOf, type EventName, type RequestContext } from '@metalcast/contracts';
import type { Outgoing, Queries, QuickTx } from '@metalcast/db';
import {
  SavepointQueries,
  writeTurn,
  type FollowingOperation,
  type InstanceChange,
  type NodeChange,
  type OperationChange,
  type TurnBoot,
  type TurnDeployment,
  type TurnInstance,
  type TurnNode,
  type TurnOperation,
  type TurnPower,
  type TurnRows,
} from '@metalcast/db/compute';
import {
  Fault,
  nodeStateOf,
  nodeStates,
  operationStates,
  vmStates,
  type FaultRecord,
  type InstanceEvent,
  type NodeEvent,
  type NodeState,
  type OperationEvent,
  type OperationState,
  type VmState,
} from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import { earlier } from './times.js';
import { changesOf, stateOf, type TurnState } from './turn-state.js';

/**
 * One turn of an operation: its rows, locked, with the turn's changes so far. The changes are written once, at the end,
 * by one statement.
 */
export class Turn {
  /** Reads by `$queryRaw`, writes by `$executeRaw`: only then a failed step can be undone. */
  readonly sql: Queries;
  readonly out: Outgoing;
  readonly request: RequestContext;
  /** The database's clock. */
  readonly now: Date;

  private readonly savepoint: SavepointQueries;
  private state: TurnState;
  private readonly powerRow: TurnPower | undefined;
  /** The key of the power command in `powerRow`. */
  private readonly keyRead: string | null;
  private readonly deploymentRow: TurnDeployment | undefined;
  private readonly bootRow: TurnBoot | undefined;
  /** The node's epoch when the rows were read. */
  private readonly epochRead: number | undefined;

  constructor(
    private readonly tx: QuickTx,
    rows: TurnRows,
    readonly config: ComputeConfig,
  ) {
    this.savepoint = new SavepointQueries(tx.sql);
    this.sql = this.savepoint;
    this.out = tx.out;
    this.now = rows.now;
    this.state = stateOf(rows);
    this.powerRow = rows.power;
    this.keyRead = rows.operation.awaitingKey;
    this.deploymentRow = rows.deployment;
    this.bootRow = rows.boot;
    this.epochRead = rows.node?.epoch;
    this.request = requestOf(rows.operation);
    this.followClock();
  }

  get operation(): TurnOperation {
    return this.state.operation;
  }

  get instance(): TurnInstance | undefined {
    return this.state.instance;
  }

  /** The node that the operation works on. */
  get node(): TurnNode | undefined {
    return this.state.node;
  }

  /** The power command that the step waits for now, if the power service has it. */
  get power(): TurnPower | undefined {
    return this.operation.awaitingKey === this.keyRead ? this.powerRow : undefined;
  }

  /** The deployment of the node's present epoch, if its ramdisk has reported. */
  get deployment(): TurnDeployment | undefined {
    return this.isOfEpochRead() ? this.deploymentRow : undefined;
  }

  /** The node's network boot in its present epoch, as far as it has come. */
  get boot(): TurnBoot | undefined {
    return this.isOfEpochRead() ? this.bootRow : undefined;
  }

  /** The time limit of the present step counts from here. */
  get startedAt(): Date {
    return this.operation.begunAt ?? this.now;
  }

  get rests(): boolean {
    return this.operation.awaiting === 'pause' && this.isBeforeDeadline();
  }

  isBeforeDeadline(): boolean {
    const { deadlineAt } = this.operation;
    return deadlineAt !== null && deadlineAt > this.now;
  }

  in(ms: number): Date {
    return new Date(this.now.getTime() + ms);
  }

  /**
   * What was stored at a time that is still to come was stored before the database's clock went back. The operation's
   * times go back as far, as if it had been stored just now.
   */
  private followClock(): void {
    const { updatedAt, deadlineAt, begunAt } = this.operation;
    const aheadMs = updatedAt.getTime() - this.now.getTime();
    if (aheadMs > 0) {
      this.save({ deadlineAt: earlier(deadlineAt, aheadMs), begunAt: earlier(begunAt, aheadMs) });
    }
  }

  /** Returns a function that undoes everything that the turn changes, announces and writes from here on. */
  mark(): () => Promise<void> {
    const { state } = this;
    const { count } = this.out;
    this.savepoint.mark();
    return async () => {
      this.state = state;
      this.out.keepFirst(count);
      await this.savepoint.rollBack();
    };
  }

  /** Changes the operation's row without changing its state. */
  save(change: Omit<OperationChange, 'state'>): void {
    this.changeOperation(change);
  }

  /** Takes an edge of the operations' state table. A missing edge is a bug of the engine. */
  moveOperation(event: OperationEvent, change: Omit<OperationChange, 'state'> = {}): void {
    const { id, state: from } = this.operation;
    const state = operationStates.next(from as OperationState, event);
    if (state === undefined) {
      throw new Error(`operation ${id} cannot ${event} while it is ${from}`);
    }
    this.changeOperation({ ...change, state });
  }

  private changeOperation(change: OperationChange): void {
    this.change({
      operation: { ...this.operation, ...change },
      operationChange: { ...this.state.operationChange, ...change },
    });
  }

  /** Changes the instance's row without changing its vm_state. */
  updateInstance(change: Omit<InstanceChange, 'vmState'>): void {
    this.changeInstance(change);
  }

  /** Takes an edge of the vm_state table. Fault INVALID_STATE when there is none. */
  moveInstance(event: InstanceEvent, change: Omit<InstanceChange, 'vmState'> = {}): void {
    const { uuid: id, vmState: state } = this.requireInstance();
    const vmState = vmStates.next(state as VmState, event);
    if (vmState === undefined) {
      const where = { what: 'instance', id, attribute: 'vm_state', state };
      throw new Fault('INVALID_STATE', { action: event, ...where });
    }
    this.changeInstance({ ...change, vmState });
  }

  private changeInstance(change: InstanceChange): void {
    this.change({
      instance: { ...this.requireInstance(), ...change, updatedAt: this.now },
      instanceChange: { ...this.state.instanceChange, ...change },
    });
  }

  /** Changes the node's row without changing its state. */
  updateNode(change: Omit<NodeChange, 'taskState'>): void {
    this.changeNode(change);
  }

  /**
   * Takes an edge of the node's state table and announces it. Fault INVALID_STATE when the node's state has no such
   * edge.
   */
  moveNode(event: NodeEvent, change: Omit<NodeChange, 'taskState'> = {}): void {
    const before = this.requireNode();
    const from = nodeStateOf(before.taskState);
    const to = nodeStates.next(from, event);
    if (to === undefined) {
      const where = { what: 'node', id: before.uuid, attribute: 'task_state', state: from };
      throw new Fault('INVALID_STATE', { action: event, ...where });
    }
    const node = this.changeNode({ ...change, taskState: to });
    this.out.emit(
      eventOf(
        'nodeState',
        { subject: node.uuid, epoch: node.epoch, requestId: this.request.requestId },
        { from, to, instance_uuid: before.instanceUuid },
      ),
    );
  }

  /** From now on the operation works on this node, in its present epoch. */
  holdNode(): void {
    const { id: nodeId, epoch } = this.requireNode();
    this.save({ nodeId, epoch });
  }

  /** The operation works on no node any more. */
  dropNode(): void {
    this.save({ nodeId: null, epoch: null });
    this.change({ node: undefined });
  }

  /** Announces something about the instance. */
  tell<N extends EventName>(name: N, data: Parameters<typeof eventOf<N>>[2]): void {
    const subject = this.requireInstance().uuid;
    this.out.emit(eventOf(name, { subject, requestId: this.request.requestId }, data));
  }

  /** A missing node is a bug in the list of steps. */
  requireNode(): TurnNode {
    if (this.node === undefined) {
      throw new Error(`operation ${this.operation.id} has no node at step ${this.operation.step}`);
    }
    return this.node;
  }

  requireInstance(): TurnInstance {
    if (this.instance === undefined) {
      throw new Error(`operation ${this.operation.id} has no instance`);
    }
    return this.instance;
  }

  nodeIsIn(...states: readonly NodeState[]): boolean {
    return states.includes(nodeStateOf(this.requireNode().taskState));
  }

  /** Notes that the present step has begun. */
  noteBegun(awaiting: string | null): void {
    const { step, stepAttempt: attempt, undoing: undo } = this.operation;
    const node = this.node?.uuid ?? null;
    const begun = [...this.state.begun, { step, attempt, undo, node, startedAt: this.now }];
    this.change({ begun });
    this.save({ begunAt: this.now, awaiting });
  }

  /** Notes how the present step has ended, if it was begun. */
  noteEnded(result: 'Success' | 'Error', fault?: FaultRecord): void {
    const end = { finishedAt: this.now, result, detail: fault };
    const { begun, closed } = this.state;
    const last = begun.at(-1);
    if (this.operation.begunAt === null) {
      return;
    }
    if (last !== undefined) {
      this.change({ begun: begun.with(-1, { ...end, ...last }) });
    } else {
      this.change({ closed: closed ?? end });
    }
  }

  /** Another operation begins when this turn commits. */
  follow(operation: FollowingOperation): void {
    this.change({ following: operation });
  }

  /** Starts the operation that is queued for the instance. */
  startQueued(instanceUuid: string, deadlineAt: Date): void {
    this.change({ starts: { instanceUuid, deadlineAt } });
  }

  /** Writes the changes and the messages. Returns the id of the queued operation that has started. */
  async write(): Promise<string | undefined> {
    const changes = changesOf(this.state);
    return changes === undefined ? undefined : writeTurn(this.tx, changes);
  }

  private changeNode(change: NodeChange): TurnNode {
    const node = { ...this.requireNode(), ...change };
    const { nodeChanges } = this.state;
    const changed = { ...nodeChanges.get(node.id), ...change };
    this.change({ node, nodeChanges: new Map([...nodeChanges, [node.id, changed]]) });
    return node;
  }

  private change(change: Partial<TurnState>): void {
    this.state = { ...this.state, ...change };
  }

  /** Rows of another epoch are not about the node's present state. */
  private isOfEpochRead(): boolean {
    return this.node !== undefined && this.node.epoch === this.epochRead;
  }
}

function requestOf({ requestId, projectId, userId }: TurnOperation): RequestContext {
  return {
    requestId,
    ...(projectId === null ? {} : { projectId }),
    ...(userId === null ? {} : { userId }),
  };
}
