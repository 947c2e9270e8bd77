import { lockOperation, requestDelete } from '@metalcast/db/api';
import { createLogger } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { waitFor } from '@metalcast/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import type { Step } from '../../../services/compute/src/engine/step.js';
import { Sweep } from '../../../services/compute/src/engine/sweep.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { mapSteps } from './plan-steps.js';
import { World } from './world.js';

let world: World;
let close: () => Promise<void>;
afterEach(() => close());

/** Every turn at allocateNetwork throws as a bug does, while `more()`. */
async function openBuggy(more: () => boolean): Promise<void> {
  const buggy = (step: Step): Step => ({
    ...step,
    async begin(turn) {
      await step.begin?.(turn);
      if (step.name === 'allocateNetwork' && more()) {
        throw new TypeError('nobody foresaw this');
      }
    },
  });
  const build: Plan = mapSteps(plans.build, buggy);
  world = await World.open({ METALCAST_MAX_ATTEMPTS: '1' }, { ...plans, build });
  close = () => world.close();
  await world.network();
}

/** Wakes the operation when its time has come; resolves to the seconds for which it then rests. */
async function wakeDue(id: string): Promise<number> {
  await world.database.prisma.$executeRaw`
    UPDATE operations SET deadline_at = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
  await world.engine.advance({ operation: id }).catch(() => undefined);
  const { deadlineAt } = await world.operation(id);
  return Math.round(((deadlineAt?.getTime() ?? 0) - Date.now()) / 1000);
}

test('what no step foresaw is tried again ever more seldom, then it is a failure with a name', async () => {
  await openBuggy(() => true);
  const node = await world.node('one');
  const { instance, operation } = await world.server('web');
  await expect(world.settle()).rejects.toThrow('nobody foresaw this');

  const rests: number[] = [];
  for (let turn = 1; turn < 8; turn += 1) {
    rests.push(await wakeDue(operation.id));
  }
  expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60]);
  // Before its time: an event's wake does not count.
  await expect(world.engine.advance({ operation: operation.id })).rejects.toThrow(
    'nobody foresaw this',
  );
  expect(await world.operation(operation.id)).toMatchObject({ step: 'allocateNetwork' });

  await wakeDue(operation.id);
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    fault: { code: 'INTERNAL', phase: 'allocateNetwork' },
  });
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', instanceUuid: null });
});

test('an operation that cannot even fail rests ever longer, too, and fails when it can', async () => {
  let canFail = false;
  const build: Plan = {
    ...mapSteps(plans.build, (step) => ({
      ...step,
      begin: (turn) => {
        if (step.name === 'personalise') {
          throw new TypeError('nobody foresaw this');
        }
        return step.begin?.(turn);
      },
    })),
    failed(turn, fault) {
      if (!canFail) {
        throw new TypeError('nor this');
      }
      return plans.build.failed(turn, fault);
    },
  };
  world = await World.open({ METALCAST_MAX_ATTEMPTS: '1' }, { ...plans, build });
  close = () => world.close();
  await world.network();
  await world.node('one');
  const { instance, operation } = await world.server('web');
  await expect(world.settle()).rejects.toThrow('nobody foresaw this');
  const rests: number[] = [];
  for (let turn = 1; turn < 11; turn += 1) {
    rests.push(await wakeDue(operation.id));
  }
  expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  canFail = true;
  await wakeDue(operation.id);
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    fault: { code: 'INTERNAL' },
  });
});

test('a deletion comes through even where the build cannot say that it is called off', async () => {
  const build: Plan = {
    ...plans.build,
    cancelled() {
      throw new TypeError('nobody foresaw this');
    },
  };
  world = await World.open({}, { ...plans, build });
  close = () => world.close();
  await world.network();
  const node = await world.node('one');
  const { instance, operation } = await world.server('web');
  await world.settle({ ramdisk: () => 'silent' });
  await world.database.transaction(({ sql }) =>
    requestDelete(sql, instance, { requestId: 'req-test' }),
  );
  for (let turn = 0; turn < 8; turn += 1) {
    await wakeDue(operation.id);
  }
  expect(await world.operation(operation.id)).toMatchObject({ state: 'cancelled' });
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', operationId: null });
});

test('a deletion that meets a bug ends as a build does: nobody repeats it but who asks again', async () => {
  let isBuggy = true;
  const deletion = mapSteps(plans.delete, (step) => ({
    ...step,
    begin(turn) {
      if (step.name === 'releaseNetwork' && isBuggy) {
        throw new TypeError('nobody foresaw this');
      }
      return step.begin?.(turn);
    },
  }));
  world = await World.open({}, { ...plans, delete: deletion });
  close = () => world.close();
  await world.network();
  const node = await world.node('one');
  const { instance } = await world.server('web');
  await world.settle();
  await world.delete(instance);
  await expect(world.settle()).rejects.toThrow('nobody foresaw this');
  const { id } = await world.database.prisma.operation.findFirstOrThrow({
    where: { kind: 'delete' },
  });
  for (let turn = 0; turn < 8; turn += 1) {
    await wakeDue(id);
  }
  expect(await world.operation(id)).toMatchObject({ state: 'failed', attempt: 1 });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    taskState: null,
    fault: { code: 'INTERNAL', phase: 'releaseNetwork' },
  });
  isBuggy = false;
  await world.delete(instance);
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', instanceUuid: null });
});

test('what passes costs time alone', async () => {
  let more = 4;
  await openBuggy(() => more-- > 0);
  await world.node('one');
  const { instance, operation } = await world.server('web');
  await expect(world.settle()).rejects.toThrow('nobody foresaw this');
  while (more > 0) {
    await wakeDue(operation.id);
  }
  await wakeDue(operation.id);
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active', fault: null });
});

describe('while the database takes no writes', () => {
  const refuse = (state: string) =>
    world.database.prisma.$executeRawUnsafe(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $f$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${state}'; END $f$;
      CREATE TRIGGER refuse BEFORE UPDATE ON operations FOR EACH STATEMENT EXECUTE FUNCTION refuse()`);
  const accept = () => world.database.prisma.$executeRawUnsafe('DROP FUNCTION refuse CASCADE');
  let turns: number;
  const opened = async (): Promise<string> => {
    turns = 0;
    const counted = (step: Step): Step => ({
      ...step,
      begin: (turn) => {
        turns += 1;
        return step.begin?.(turn);
      },
    });
    world = await World.open({}, { ...plans, build: mapSteps(plans.build, counted) });
    close = () => world.close();
    await world.network();
    await world.node('one');
    const { operation } = await world.server('web');
    await world.engine.advance({ operation: operation.id });
    return operation.id;
  };
  /** As the scheduler does, whose writes are not refused yet. The time to look has come. */
  const claimed = async (id: string): Promise<void> => {
    for (const cast of await world.takeCasts()) {
      await world.answer(cast);
    }
    const deadlineAt = new Date(0);
    await world.database.prisma.operation.update({ where: { id }, data: { deadlineAt } });
    turns = 0;
  };

  // A full disk, and a state that none of ours knows.
  test.each(['53100', 'P0001'])('%s: an operation rests in the process', async (state) => {
    const id = await opened();
    await claimed(id);
    await refuse(state);
    await expect(world.engine.advance({ operation: id })).rejects.toThrow('could not extend file');
    const tried = turns;
    await expect(world.engine.advance({ operation: id })).rejects.toThrow(
      `operation ${id} is paused`,
    );
    expect([turns, world.engine.isPaused(id)]).toEqual([tried, true]);
    await accept();
    await waitFor(() => !world.engine.isPaused(id), { timeoutMs: 5000, what: 'the pause to end' });
    await world.settle();
    await world.engine.advance({ operation: id });
    await world.settle();
    expect(await world.operation(id)).toMatchObject({ state: 'succeeded' });
  });

  test('sweeps pass over what rests, and report each failure once', async () => {
    const id = await opened();
    await claimed(id);
    const lines: string[] = [];
    const logger = createLogger('compute', 'error', { write: (line) => void lines.push(line) });
    const overdueGuard = new OverdueGuard({ everyMs: 10, graceMs: 0 });
    const { ownDatabase, engine } = world;
    const sweep = new Sweep(ownDatabase, { engine, logger, overdueGuard, everyMs: 10 });
    close = async () => {
      await sweep.stop();
      await world.close();
    };
    await refuse('53100');
    const statements = vi.spyOn(ownDatabase, 'statement');
    sweep.start();
    await waitFor(() => statements.mock.calls.length >= 30, { timeoutMs: 20_000, what: 'sweeps' });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(10);
  });

  test('an operation that the database did not take is no answer of it', async () => {
    const id = await opened();
    await claimed(id);
    const logger = createLogger('compute', 'error', { write: () => undefined });
    const overdueGuard = new OverdueGuard({ everyMs: 10, graceMs: 0 });
    const { ownDatabase, engine } = world;
    const sweep = new Sweep(ownDatabase, { engine, logger, overdueGuard, everyMs: 10 });
    await refuse('53100');
    const advances = vi.spyOn(engine, 'advance');
    const looks = vi.spyOn(overdueGuard, 'tick');
    sweep.start();
    await waitFor(() => advances.mock.calls.length > 0, { timeoutMs: 20_000, what: 'a turn' });
    await sweep.stop();
    // Each finding of what is due is an answer, and tells the clock.
    expect(looks.mock.calls.filter(([clock]) => clock === undefined)).toEqual([]);
  });
});

/** A sweep of a world in which casts are soon sent again; not started yet. */
async function openSwept(): Promise<Sweep> {
  world = await World.open({ METALCAST_RECAST_MS: '100' });
  const logger = createLogger('compute', 'error');
  const overdueGuard = new OverdueGuard({ everyMs: 100, graceMs: 0 });
  const sweep = new Sweep(world.ownDatabase, {
    engine: world.engine,
    logger,
    overdueGuard,
    everyMs: 100,
  });
  close = async () => {
    await sweep.stop();
    await world.close();
  };
  return sweep;
}

/** Its time has come, and the sweep sees to it. */
async function expectSwept(id: string, sweep: Sweep): Promise<void> {
  await world.takeCasts();
  await world.database.prisma.$executeRaw`
    UPDATE operations SET deadline_at = clock_timestamp() WHERE id = ${id}::uuid`;
  sweep.start();
  const asked = () => world.takeCasts().then((casts) => casts.length > 0 || undefined);
  await waitFor(asked, { timeoutMs: 5000, what: 'the scheduler to be asked again' });
}

test('an operation in the hands of a process that hangs keeps no other waiting', async () => {
  const sweep = await openSwept();
  const { operation: held } = await world.server('held');
  const { operation } = await world.server('web');
  await world.database.prisma.operation.update({
    where: { id: held.id },
    data: { deadlineAt: new Date(0) },
  });
  await world.database.transaction(async ({ sql }) => {
    await lockOperation(sql, held.id);
    await expectSwept(operation.id, sweep);
  });
});

test('operations of another release, however many, keep no other waiting', async () => {
  const sweep = await openSwept();
  for (let nth = 0; nth < 60; nth += 1) {
    const { operation } = await world.server(`of another release ${nth}`);
    await world.database.prisma.operation.update({
      where: { id: operation.id },
      data: { plan: 2, deadlineAt: new Date(0) },
    });
  }
  const { operation } = await world.server('web');
  await expectSwept(operation.id, sweep);
});
