// The database's clock jumps ahead, as when it is set right: no step loses the time that it jumped over.
import { beat } from '@metalcast/db';
import { binaries } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
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
