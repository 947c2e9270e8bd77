// The database's clock jumps, as when it is set right: no step loses the time that it jumped over, and none waits for
// the time that it went back.
import { beat } from '@metalcast/db';
import { dueOperations } from '@metalcast/db/compute';
import { binaries } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plans } from '../../../services/compute/src/operations/index.js';
import { Sweep } from '../../../services/compute/src/engine/sweep.js';
import { movableClock, type DatabaseClock } from '../database-clock.js';
import { bootDetails, World } from './world.js';

const hourMs = 3_600_000;
const everyMs = 20;
const timeoutMs = 20_000;
const firmwareTimeoutMs = 60_000;

let world: World;
let clock: DatabaseClock;
let overdueGuard: OverdueGuard;
let sweep: Sweep;
beforeEach(async () => {
  overdueGuard = new OverdueGuard({ everyMs, graceMs: 3000 });
  const options = {
    METALCAST_FIRMWARE_TIMEOUT_MS: String(firmwareTimeoutMs),
    METALCAST_MAX_ATTEMPTS: '1',
  };
  const prepare = async (url: string): Promise<void> => {
    clock = await movableClock(url);
  };
  world = await World.open(options, plans, { prepare, overdueGuard });
  await world.network();
  await world.node('one');
  const { ownDatabase, engine } = world;
  const logger = createLogger('compute', 'error');
  sweep = new Sweep(ownDatabase, { engine, logger, overdueGuard, everyMs });
});
afterEach(async () => {
  await sweep.stop();
  await world.close();
});

const judging = () =>
  waitFor(() => overdueGuard.canDeclareOverdue(), { timeoutMs, what: 'a sweep that judges' });

test('a step whose limit the clock jumped over is neither overdue nor tried again', async () => {
  const { instance, operation } = await world.server('web');
  await world.settle({ power: () => 'silent' });
  expect(await world.operation(operation.id)).toMatchObject({ step: 'powerCycleToNetwork' });
  sweep.start();
  await judging();
  await clock.jump(hourMs);
  await waitFor(() => overdueGuard.jumps.length > 0, { timeoutMs, what: 'the jump to be seen' });
  await judging();
  await world.passDeadline(operation.id);
  expect(await world.operation(operation.id)).toMatchObject({
    step: 'powerCycleToNetwork',
    stepAttempt: 1,
  });
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active', fault: null });
});

test('a service that writes heartbeats on both sides of a jump was there all the time', async () => {
  const { operation } = await world.server('web');
  await world.heartbeats('boot');
  await world.settle({ ramdisk: () => 'silent' });
  expect(await world.operation(operation.id)).toMatchObject({ step: 'awaitRamdisk' });
  sweep.start();
  await judging();
  await clock.jump(hourMs);
  await waitFor(() => overdueGuard.jumps.length > 0, { timeoutMs, what: 'the jump to be seen' });
  const boot = { host: 'h', binary: binaries.boot, topic: null, version: '1.0' };
  await beat(world.database, { ...boot, details: bootDetails }, false);
  await judging();
  // The jump came a moment before the limit.
  const [{ from } = { from: new Date() }] = overdueGuard.jumps;
  await world.database.prisma.operation.update({
    where: { id: operation.id },
    data: { begunAt: new Date(from.getTime() - firmwareTimeoutMs) },
  });
  await world.passDeadline(operation.id);
  expect(await world.operation(operation.id)).toMatchObject({ fault: { code: 'BOOT_NO_DHCP' } });
});

describe('when the clock goes back by an hour', () => {
  const silent = { power: (): 'silent' => 'silent' };

  /** How long it is until the sweep finds the operation, by the database's clock. */
  async function untilDueMs(id: string): Promise<number> {
    const { deadlineAt } = await world.operation(id);
    return (deadlineAt?.getTime() ?? 0) - (Date.now() - hourMs);
  }

  async function sweepFollows(id: string): Promise<void> {
    sweep.start();
    const isSoon = async () => (await untilDueMs(id)) < hourMs / 2;
    await waitFor(isSoon, { timeoutMs, what: "the operation's times to follow the clock" });
    await sweep.stop();
    // What has followed once is not found at every look.
    const { due } = await dueOperations(world.database, world.engine.known);
    expect(due).not.toContain(id);
  }

  async function pausedDeletion(): Promise<string> {
    const { instance } = await world.server('web');
    await world.settle();
    await world.delete(instance);
    await world.settle({ power: () => 'POWER_NO_TOOL' });
    const { id, awaiting } = await world.database.prisma.operation.findFirstOrThrow({
      where: { instanceUuid: instance.uuid, kind: 'delete' },
    });
    expect(awaiting).toBe('pause');
    return id;
  }

  test('a pause keeps its length', async () => {
    const id = await pausedDeletion();
    const before = await world.operation(id);
    const lengthMs = before.deadlineAt!.getTime() - before.updatedAt.getTime();
    await clock.jump(-hourMs);
    await sweepFollows(id);
    const { awaiting, deadlineAt, updatedAt } = await world.operation(id);
    expect(awaiting).toBe('pause');
    expect((deadlineAt!.getTime() - updatedAt.getTime()) / lengthMs).toBeCloseTo(1, 1);
  });

  test.each([
    { by: 'the sweep', look: sweepFollows },
    { by: 'a message', look: (id: string) => world.engine.advance({ operation: id }) },
  ])(
    'a step that waits is looked at in time, and its limit counts from then: $by',
    async ({ look }) => {
      const { operation } = await world.server('web');
      await world.settle(silent);
      await clock.jump(-hourMs);
      await look(operation.id);
      expect(await untilDueMs(operation.id)).toBeLessThan(hourMs / 2);
      const { begunAt, step } = await world.operation(operation.id);
      expect(step).toBe('powerCycleToNetwork');
      expect(begunAt!.getTime()).toBeLessThanOrEqual(Date.now() - hourMs);
    },
  );
});
