// One operation among many in a world, with nodes and messages of its own, driven until nothing moves any more.
import { randomUUID } from 'node:crypto';
import type { Instance, Node, Operation } from '@metalcast/db';
import { insertOperation, isUnplaced, requestDelete } from '@metalcast/db/api';
import type { TurnTarget } from '@metalcast/db/compute';
import {
  nodeState,
  operations,
  operationState,
  statesUnderWay,
  type OperationKind,
  vmState,
} from '@metalcast/domain';
import type { Engine } from '../../../services/compute/src/engine/advance.js';
import type { ConditionName } from '../../../services/compute/src/engine/waits/conditions.js';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { Killed, type Hook, type HookedWorld } from './hooked-world.js';
import type { Cast, World } from './world.js';

/** A step, or an undo, of a plan. */
export interface Place {
  readonly step: string;
  readonly undo: boolean;
}

/** Thrown by a hook: a bug that no step foresaw. */
export class Bug extends Error {}

const requester = { requestId: 'req-test', projectId: 'p1', userId: 'u1' };

/** What nobody has to be asked for: how it comes about. Of all others, the answer to a cast brings it about. */
export const unasked: Partial<Record<ConditionName, (world: World, node: Node) => Promise<void>>> =
  {
    ramdisk: (world, node) => world.hello(node),
    'first sign of life': (world, node) =>
      world.emit('bootLocalDhcp', node, { mac: '52:54:00:00:00:01', address: null }),
  };

/** The plan looks for a node itself. */
export const claims = (plan: Plan): boolean => plan.stages[0]?.step.awaits?.condition === 'claim';

export interface SubjectOptions {
  /** How many nodes it may be tried on. */
  readonly nodes?: number;
  /** The sign of life that the server's image promises. */
  readonly sign?: 'dhcp' | 'phone_home';
}

export interface Driving {
  /** How often each operation is woken at the same time, by two processes in turns. */
  readonly wakes?: number;
  /** How often each cast is delivered. */
  readonly deliveries?: number;
  /** Whoever is asked there, in the first try, says nothing. */
  readonly silentAt?: Place;
  /** Where to stop. */
  readonly until?: (operation: Operation) => boolean;
}

export const isAt = ({ step, undoing, attempt, finishedAt }: Operation, place: Place): boolean =>
  step === place.step && undoing === place.undo && attempt === 1 && finishedAt === null;

const isSilentAt = (operation: Operation, place: Place | undefined): boolean =>
  place !== undefined && isAt(operation, place);

/** It has begun to wait there. */
export const waitsAt =
  (place: Place) =>
  (operation: Operation): boolean =>
    isAt(operation, place) &&
    operation.state === operationState.waiting &&
    operation.begunAt !== null;

export class Subject {
  /** Every cast, in order. */
  readonly asked: Cast[] = [];
  private readonly hooks: Hook[] = [];

  private constructor(
    readonly hooked: HookedWorld,
    readonly nodes: readonly Node[],
    readonly instance: Instance | undefined,
    readonly id: string,
  ) {
    hooked.hooks.set(id, async (...met) => {
      for (const hook of this.hooks) {
        await hook(...met);
      }
    });
  }

  /**
   * An operation of this kind that may begin now, and what it begins on: no server, an active one, or a node left
   * behind.
   */
  static async of(
    hooked: HookedWorld,
    kind: OperationKind,
    { nodes: wanted = 1, sign = 'dhcp' }: SubjectOptions = {},
  ): Promise<Subject> {
    const { world } = hooked;
    const nodes: Node[] = [];
    while (nodes.length < wanted) {
      nodes.push(await world.node(`node ${randomUUID()}`));
    }
    if (operations[kind].on === 'node') {
      const { id } = await leftBehind(world, kind, nodes[0]!);
      return new Subject(hooked, nodes, undefined, id);
    }
    const instance = await world.instanceOf('web', { metalcast_first_sign: sign });
    const first = claims(plans[kind]) ? kind : 'build';
    const subject = new Subject(hooked, nodes, instance, await begin(world, first, instance));
    if (first === kind) {
      return subject;
    }
    await subject.drive();
    return new Subject(hooked, nodes, instance, await begin(world, kind, instance));
  }

  get world(): World {
    return this.hooked.world;
  }

  get subjects(): string[] {
    return [...this.nodes, ...(this.instance === undefined ? [] : [this.instance])].map(
      ({ uuid }) => uuid,
    );
  }

  /** Met at each begin of its operation, with those before. */
  meet(hook: Hook): void {
    this.hooks.push(hook);
  }

  /** Met no more by any. */
  leave(): void {
    this.hooks.length = 0;
  }

  operation(): Promise<Operation> {
    return this.world.operation(this.id);
  }

  live(): Promise<Operation[]> {
    const works = [
      { nodeId: { in: this.nodes.map(({ id }) => id) } },
      ...(this.instance === undefined ? [] : [{ instanceUuid: this.instance.uuid }]),
    ];
    return this.world.database.prisma.operation.findMany({
      where: { OR: works, state: { in: [...statesUnderWay] } },
    });
  }

  /** Wakes, answers and wakes again until nothing moves any more, or the operation is where it shall stop. */
  async drive(driving: Driving = {}): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      const died = await this.wake(driving.wakes ?? 1);
      const operation = await this.operation();
      if (driving.until?.(operation) === true) {
        return;
      }
      const casts = await this.world.takeCasts(this.subjects);
      this.asked.push(...casts);
      const isSilent = isSilentAt(operation, driving.silentAt);
      const answered = isSilent ? [] : casts;
      await this.answer(answered, driving.deliveries ?? 1);
      const isMoving = died || answered.length > 0 || (!isSilent && (await this.bringAbout()));
      if (!isMoving) {
        return;
      }
    }
    throw new Error('it does not come to rest');
  }

  private async answer(casts: readonly Cast[], deliveries: number): Promise<void> {
    for (const cast of casts.flatMap((one) => Array.from({ length: deliveries }, () => one))) {
      await this.world.answer(cast, { nodes: this.nodes, ramdisk: () => 'silent' });
    }
  }

  /**
   * Accepts a deletion of the server, as the api does: one that is gone stays as it is. `hook`: met by the deletion.
   */
  async requestDelete(hook?: Hook): Promise<void> {
    const { uuid } = this.instance!;
    await this.world.database.transaction(async ({ sql }) => {
      // From here on nobody ends its operation, nor begins one.
      await isUnplaced(sql, { uuid });
      const found = await sql.instance.findUniqueOrThrow({ where: { uuid } });
      if (found.vmState !== vmState.deleted) {
        const { id } = await requestDelete(sql, { uuid }, requester);
        if (hook !== undefined) {
          this.hooked.hooks.set(id, hook);
        }
      }
    });
  }

  /** Every time limit of its operation has passed. */
  async passTime(): Promise<void> {
    const { prisma } = this.world.database;
    await prisma.$executeRaw`
      UPDATE operations SET begun_at = begun_at - interval '1 day',
             deadline_at = clock_timestamp() - interval '1 second' WHERE id = ${this.id}::uuid`;
    await prisma.$executeRaw`
      UPDATE events SET time = time - interval '1 day' WHERE subject = ANY (${this.subjects})`;
  }

  /** By one of the world's engines, whose process may die of it. */
  async advance(engine: Engine, target: TurnTarget): Promise<void> {
    try {
      await engine.advance(target);
    } catch (error) {
      if (error instanceof Killed) {
        this.world.replace(engine);
      }
      throw error;
    }
  }

  /** True: a process died of it. */
  private async wake(times: number): Promise<boolean> {
    const { engines } = this.world;
    const live = await this.live();
    const wakes = live.flatMap(({ id }) =>
      Array.from({ length: times }, (_, nth) => ({ id, nth })),
    );
    const ends = await Promise.allSettled(
      wakes.map(({ id, nth }) => this.advance(engines[nth % 2 === 0 ? 0 : 1], { operation: id })),
    );
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
    const real = errors.find((error) => !(error instanceof Killed || error instanceof Bug));
    if (real !== undefined) {
      throw real;
    }
    return errors.length > 0;
  }

  /**
   * What an operation waits for that comes without being asked for, or only with time. False: there is no such thing.
   */
  private async bringAbout(): Promise<boolean> {
    let moved = false;
    for (const { id, awaiting, nodeId } of await this.live()) {
      const node = this.nodes.find((one) => one.id === nodeId);
      const comes = unasked[awaiting as ConditionName];
      if (awaiting === 'pause') {
        await this.world.database.prisma.operation.update({
          where: { id },
          data: { deadlineAt: new Date(0) },
        });
        moved = true;
      } else if (comes !== undefined && node !== undefined) {
        await comes(this.world, await this.world.nodeNow(node));
        moved = true;
      }
    }
    return moved;
  }
}

function leftBehind({ database }: World, kind: OperationKind, node: Node): Promise<Operation> {
  const epoch = node.epoch + 1;
  return database.transaction(async ({ sql }) => {
    const target = { kind, state: operationState.running, nodeId: node.id, epoch } as const;
    const operation = await insertOperation(sql, target, requester);
    await sql.node.update({
      where: { id: node.id },
      data: { taskState: nodeState.error, touched: 'power', epoch, operationId: operation.id },
    });
    return operation;
  });
}

async function begin(
  { database }: World,
  kind: OperationKind,
  { uuid }: Instance,
): Promise<string> {
  const target = { kind, state: operationState.running, instanceUuid: uuid } as const;
  const { id } = await database.transaction(({ sql }) => insertOperation(sql, target, requester));
  return id;
}
