// What must be so whatever happened, and what one run leaves.
import type { OperationStep } from '@metalcast/db';
import {
  isNodeAtRest,
  nodeState,
  statesKeepingNode,
  statesUnderWay,
  supersedes,
  vmState,
  vmStates,
  type VmState,
} from '@metalcast/domain';
import { expect } from 'vitest';
import type { Subject } from './subject.js';

const stable = [null, 'deleted'];

/** Drives the subject to its end, deleting what is in error, and checks that nothing is left of anything. */
export async function endWell(subject: Subject): Promise<void> {
  await subject.drive();
  await expectNothingStuck(subject);
  if ((await isInError(subject)) && subject.instance !== undefined) {
    await subject.requestDelete();
    await subject.drive();
  }
  await expectNothingLeft(subject);
}

const isInError = async ({ world, instance }: Subject): Promise<boolean> =>
  instance !== undefined && (await world.instance(instance.uuid)).vmState === vmState.error;

/** What no operation works on is at rest, and a node in error says why. */
export async function expectNothingStuck({ world, instance, nodes }: Subject): Promise<void> {
  const { prisma } = world.database;
  const live = await prisma.operation.findMany({ where: { state: { in: [...statesUnderWay] } } });
  for (const { id } of nodes) {
    const { taskState, operationId, fault } = await prisma.node.findUniqueOrThrow({
      where: { id },
    });
    const isWorkedOn = live.some((operation) => operation.id === operationId);
    expect({ taskState, operationId, isAtRest: isNodeAtRest(taskState) || isWorkedOn }).toEqual({
      taskState,
      operationId: isWorkedOn ? operationId : null,
      isAtRest: true,
    });
    expect(fault !== null || taskState !== nodeState.error).toBe(true);
  }
  if (instance !== undefined && !live.some(({ instanceUuid }) => instanceUuid === instance.uuid)) {
    const { vmState: state, taskState, fault } = await world.instance(instance.uuid);
    expect({ taskState, isAtRest: vmStates.isStable(state as VmState) }).toEqual({
      taskState: null,
      isAtRest: true,
    });
    expect(fault !== null || state !== vmState.error).toBe(true);
  }
}

/** No operation, node, address, lock or power is left but those of a server that keeps its node. */
export async function expectNothingLeft(subject: Subject): Promise<void> {
  const { world, instance, nodes } = subject;
  const { prisma } = world.database;
  expect(await subject.live()).toEqual([]);
  expect(await world.takeCasts(subject.subjects)).toEqual([]);
  const server = instance === undefined ? undefined : await world.instance(instance.uuid);
  const keepsNode = server !== undefined && statesKeepingNode.includes(server.vmState as VmState);
  if (server !== undefined && !keepsNode) {
    expect(server.vmState).toBe('deleted');
    expect(await prisma.port.count({ where: { deviceId: server.uuid } })).toBe(0);
  }
  for (const { id, uuid } of nodes) {
    const node = await prisma.node.findUniqueOrThrow({
      where: { id },
      include: { interfaces: true },
    });
    if (keepsNode && node.instanceUuid === server.uuid) {
      expect(node).toMatchObject({ taskState: 'active', operationId: null, uuid: server.node });
      continue;
    }
    expect(node).toMatchObject({
      instanceUuid: null,
      operationId: null,
      touched: null,
      bootMode: 'none',
    });
    expect(stable).toContain(node.taskState);
    expect(node.interfaces).toMatchObject([{ vifUuid: null }]);
    expect(['off', undefined]).toContain(powerAskedOf(subject, uuid).at(-1));
    expect(commandsBesideOff(subject, uuid)).toEqual([]);
    expect(await prisma.port.count({ where: { reservedFor: id } })).toBe(0);
  }
  if (keepsNode) {
    expect(await prisma.node.count({ where: { instanceUuid: server.uuid } })).toBe(1);
  }
  await expectStepsOnce(subject);
}

export const powerAskedOf = ({ asked }: Subject, node: string): unknown[] =>
  asked
    .filter(({ method, args }) => method === 'power.set' && args['node'] === node)
    .map(({ args }) => args['target']);

/** The record of turns that threw: nothing was begun. */
const isUnexpectedError = ({ detail }: OperationStep): boolean =>
  (detail as { details?: { errorsInRow?: number } } | null)?.details?.errorsInRow !== undefined;

/**
 * Commands before an "off" that neither its epoch nor it itself ends: a service that is late could still carry them out
 * after it.
 */
function commandsBesideOff({ asked }: Subject, node: string): unknown[] {
  const commands = asked.filter(
    ({ method, args }) => method === 'power.set' && args['node'] === node,
  );
  return commands.filter(
    ({ args: before }, place) =>
      before['target'] !== 'off' &&
      !supersedes('off', String(before['target'])) &&
      commands
        .slice(place)
        .some(({ args: { target, epoch } }) => target === 'off' && epoch === before['epoch']),
  );
}

/** Each step was begun once in each try of the whole, and has ended. */
async function expectStepsOnce({ world, id }: Subject): Promise<void> {
  const { attempt } = await world.operation(id);
  const times = new Map<string, number>();
  for (const row of await journal(world.database.prisma, id)) {
    expect(row.finishedAt).not.toBeNull();
    if (isUnexpectedError(row)) {
      continue;
    }
    const key = `${row.step} ${String(row.undo)} ${row.attempt}`;
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  expect([...times].filter(([, count]) => count > attempt)).toEqual([]);
}

type Prisma = Subject['world']['database']['prisma'];

/** The steps that the operation has begun, in order. */
export const journal = (prisma: Prisma, operationId: string): Promise<OperationStep[]> =>
  prisma.operationStep.findMany({ where: { operationId }, orderBy: { id: 'asc' } });

const others = ['agent.', 'boot.', 'deploy.', 'node.power.'];

/** What the other services say: it differs with what comes late, or twice, and is none of the operation's. */
const isOfOthers = (type: string): boolean => others.some((prefix) => type.startsWith(prefix));

/** All that one run leaves: steps, events, casts, notifications and rows, without names and times. */
export async function leftBy(subject: Subject): Promise<unknown> {
  const { world, id, instance, nodes } = subject;
  const { prisma } = world.database;
  const events = await prisma.event.findMany({
    where: { subject: { in: subject.subjects } },
    orderBy: [{ subject: 'asc' }, { n: 'asc' }],
  });
  const told = (uuid: string): unknown[] =>
    events
      .filter(({ subject: about, type }) => about === uuid && !isOfOthers(type))
      .map(({ type, data }) => {
        const { from, to, step } = data as Record<string, unknown>;
        return [type, from, to, step];
      });
  const operation = await world.operation(id);
  const server = instance === undefined ? undefined : await world.instance(instance.uuid);
  const rows = await Promise.all(nodes.map((node) => world.nodeNow(node)));
  return {
    steps: (await journal(prisma, id)).map(({ step, undo, attempt, result }) => [
      step,
      undo,
      attempt,
      result,
    ]),
    events: subject.subjects.map(told),
    asked: subject.asked.map(({ method, args }) => [
      method,
      args['target'],
      args['boot_device'],
      args['epoch'],
    ]),
    notified: world.notifications
      .filter(({ payload }) => payload['instance_id'] === instance?.uuid)
      .map(({ event_type: type }) => type),
    operation: [operation.state, operation.attempt, operation.stepAttempt],
    server: [server?.vmState, server?.taskState, server?.powerState, server?.userData],
    nodes: rows.map((node) => [
      node.taskState,
      node.epoch,
      node.touched,
      node.failures,
      node.bootMode,
    ]),
    ports: await prisma.port.count({ where: { deviceId: instance?.uuid ?? 'none' } }),
  };
}
