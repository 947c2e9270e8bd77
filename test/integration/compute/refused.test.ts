// Operations that the database refuses: alone, or with all others.
import { waitFor } from '@metalcast/testing';
import { createLogger } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Operation } from '@metalcast/db';
import { Sweep } from '../../../services/compute/src/engine/sweep.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { World } from './world.js';

let world: World;
let sweep: Sweep;
const lines: string[] = [];
/** By how much the process's clock is ahead. */
let aheadMs = 0;
let another = 0;

beforeEach(async () => {
  [aheadMs, another] = [0, 0];
  lines.length = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  const onLog = (line: string): void => void lines.push(line);
  world = await World.open({ METALCAST_MAX_ATTEMPTS: '1' }, plans, { onLog });
  await world.network();
  const { database, engine } = world;
  const logger = createLogger('compute', 'error', { write: onLog });
  const overdueGuard = new OverdueGuard({ everyMs: 10, graceMs: 0 });
  sweep = new Sweep(database, { engine, logger, overdueGuard, everyMs: 10 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await sweep.stop();
  await world.close();
});

/** Every row of `event` for which `when` holds is refused with the SQLSTATE. */
const refuse = (event: string, when: string, state = '58030') =>
  world.database.prisma.$executeRawUnsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $f$ BEGIN RAISE EXCEPTION 'this row is refused' USING ERRCODE = '${state}'; END $f$;
    CREATE TRIGGER refuse BEFORE ${event} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION refuse()`);
const accept = () => world.database.prisma.$executeRawUnsafe('DROP FUNCTION refuse CASCADE');

/** Its time to look has come: before that of all others. */
const makeDue = (id: string) =>
  world.database.prisma.operation.update({ where: { id }, data: { deadlineAt: new Date(0) } });

/** A build that has its node, and is to allocate an address next. */
async function claimed(name: string): Promise<Operation> {
  await world.node(name);
  const { instance, operation } = await world.server(name);
  await world.engine.advance({ operation: operation.id });
  for (const cast of await world.takeCasts([instance.uuid])) {
    await world.answer(cast);
  }
  return makeDue(operation.id);
}

/** Another server's build goes on: the database takes its turn. */
async function writeAnother(): Promise<void> {
  another += 1;
  const { id } = await claimed(`another ${another}`);
  await world.engine.advance({ operation: id });
}

/** Tries the operation once it has rested. */
async function tryAgain({ id }: Operation): Promise<void> {
  aheadMs += 61_000;
  await world.engine.advance({ operation: id }).catch(() => undefined);
}

describe('an operation that the database refuses alone', () => {
  test.each(['53100', '53200', '55P03', '57014', '58030'])(
    '%s: is given up while others are written',
    async (state) => {
      const operation = await claimed('web');
      await refuse('INSERT ON ports', `NEW.device_id = '${operation.instanceUuid!}'`, state);
      let tries = 0;
      while ((await world.operation(operation.id)).fault === null && tries < 20) {
        await tryAgain(operation);
        await writeAnother();
        tries += 1;
      }
      // Three that prove it, then as many as a step gets that throws.
      expect(tries).toBeGreaterThanOrEqual(3 + 8);
      expect(tries).toBeLessThan(20);
      expect(await world.instance(operation.instanceUuid!)).toMatchObject({
        fault: { code: 'INTERNAL', phase: 'allocateNetwork' },
      });
      await world.settle();
      expect(await world.instance(operation.instanceUuid!)).toMatchObject({ vmState: 'error' });
    },
  );

  test('is said in the log where its own row is refused, and goes on when that is over', async () => {
    const operation = await claimed('web');
    await refuse('UPDATE ON operations', `NEW.id = '${operation.id}'`);
    for (let tries = 0; tries < 14; tries += 1) {
      await tryAgain(operation);
      await writeAnother();
    }
    expect(await world.operation(operation.id)).toMatchObject({ step: 'schedule', fault: null });
    const said = lines.filter((line) => line.includes('refuses this operation alone'));
    expect(said).toHaveLength(11);
    expect(JSON.parse(said[0]!)).toMatchObject({ level: 'error', operationId: operation.id });
    await accept();
    await tryAgain(operation);
    await world.settle();
    expect(await world.operation(operation.id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('while nothing is written', () => {
  test('no operation is given up, however often it is tried', async () => {
    const operation = await claimed('web');
    await refuse('UPDATE ON operations', 'true');
    for (let tries = 0; tries < 20; tries += 1) {
      await tryAgain(operation);
    }
    await accept();
    await tryAgain(operation);
    await world.settle();
    expect(await world.operation(operation.id)).toMatchObject({ state: 'succeeded' });
  });

  test('that another operation puts off its look proves nothing', async () => {
    const operation = await claimed('web');
    const { operation: other } = await world.server('waits');
    await refuse('INSERT ON outbox', 'true');
    for (let tries = 0; tries < 20; tries += 1) {
      await tryAgain(operation);
      await world.passDeadline(other.id);
    }
    expect(await world.operation(operation.id)).toMatchObject({ step: 'schedule', fault: null });
  });

  test('what rests is tried at once when the database takes a turn again', async () => {
    const operations = [await claimed('one'), await claimed('two'), await claimed('three')];
    await refuse('UPDATE ON operations', 'true');
    for (let tries = 0; tries < 7; tries += 1) {
      await Promise.all(operations.map(tryAgain));
    }
    await accept();
    sweep.start();
    await writeAnother();
    const movedOn = async (): Promise<true | undefined> => {
      const now = await Promise.all(operations.map(({ id }) => world.operation(id)));
      return now.every(({ step }) => step === 'prepareBoot') || undefined;
    };
    await waitFor(movedOn, { timeoutMs: 10_000, what: 'all to go on' });
  });
});

test('what was woken while it rested is tried after its pause, though it is not due', async () => {
  const operation = await claimed('web');
  await world.database.prisma.operation.update({
    where: { id: operation.id },
    data: { deadlineAt: new Date(Date.now() + 3_600_000) },
  });
  await refuse('UPDATE ON operations', 'true');
  const wake = world.engine.advance({ instance: operation.instanceUuid! });
  await expect(wake).rejects.toThrow('this row is refused');
  await expect(world.engine.advance({ operation: operation.id })).rejects.toThrow('is paused');
  await accept();
  sweep.start();
  const movedOn = () =>
    world.operation(operation.id).then(({ step }) => step !== operation.step || undefined);
  await waitFor(movedOn, { timeoutMs: 10_000, what: 'the operation to go on' });
});

test('any number of operations that rest keep no other waiting', async () => {
  const operations: Operation[] = [];
  for (let nth = 0; nth < 101; nth += 1) {
    const { operation } = await world.server(`refused ${nth}`);
    operations.push(await makeDue(operation.id));
  }
  const { operation } = await world.server('web');
  await refuse('UPDATE ON operations', `NEW.id <> '${operation.id}'`);
  for (const { id } of operations) {
    await world.engine.advance({ operation: id }).catch(() => undefined);
  }
  await world.database.prisma.$executeRaw`
    UPDATE operations SET deadline_at = clock_timestamp() WHERE id = ${operation.id}::uuid`;
  await world.takeCasts();
  sweep.start();
  const asked = () => world.takeCasts().then((casts) => casts.length > 0 || undefined);
  await waitFor(asked, { timeoutMs: 10_000, what: 'the scheduler to be asked again' });
});

/** From now on a lock that is not free soon is refused: for new connections, so those that are open end. */
async function waitShortlyForLocks(): Promise<void> {
  const { prisma } = world.database;
  await prisma.$executeRawUnsafe(`
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 50', current_database()); END $$`);
  await prisma.$queryRaw`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()`.catch(
    () => undefined,
  );
}

test('an operation whose rows cannot even be read keeps no other waiting', async () => {
  const { operation: unreadable } = await world.server('unreadable');
  await makeDue(unreadable.id);
  const { operation } = await world.server('web');
  await waitShortlyForLocks();
  await world.database.transaction(async ({ sql }) => {
    await sql.$queryRaw`
      SELECT 1 FROM instances WHERE uuid = ${unreadable.instanceUuid}::uuid FOR UPDATE`;
    await world.takeCasts();
    await world.database.prisma.$executeRaw`
      UPDATE operations SET deadline_at = clock_timestamp() WHERE id = ${operation.id}::uuid`;
    sweep.start();
    const asked = () => world.takeCasts().then((casts) => casts.length > 0 || undefined);
    await waitFor(asked, { timeoutMs: 5000, what: 'the scheduler to be asked again' });
    await sweep.stop();
  });
});
