import { setTimeout as pause } from 'node:timers/promises';
import { eventOf } from '@metalcast/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchedulerRig } from './rig.js';
import { ask, enrol } from './rows.js';
import { verdict } from './verdict.js';

/** Nothing but an event, the end of a silence or a lost claim makes it look again within a test. */
const env = { METALCAST_REFRESH_MS: '600000', METALCAST_VERIFY_MS: '600000' };
const needs = (trait: string) => ({ flavor: { extra_specs: { [`trait:${trait}`]: 'required' } } });
/** The first is the best fit. */
const withTrait = (trait: string) => (index: number) => ({
  traits: [trait],
  memoryMb: 1024 * (index + 1),
});

let rig: SchedulerRig;

beforeAll(async () => {
  rig = await SchedulerRig.start({ schedulers: 1, env });
  await enrol(rig.database, 4);
  await rig.startAll();
});
afterAll(() => rig.close());

interface Placed {
  readonly server: string;
  /** uuid; undefined when it was refused. */
  readonly node: string | undefined;
}

/** Asks for a server and waits until all is settled. */
async function place(trait: string): Promise<Placed> {
  const [server] = await ask(rig.database, [needs(trait)]);
  await rig.settled(20_000);
  const { placed } = await verdict(rig, [server!]);
  return { server: server!, node: placed.get(server!) };
}

const lostBy = ({ server }: Placed): string[] =>
  rig
    .claims()
    .filter(({ instanceUuid, outcome }) => instanceUuid === server && outcome === 'lost')
    .map(({ node }) => node);

const epochOf = async (uuid: string): Promise<number> =>
  (await rig.database.prisma.node.findUniqueOrThrow({ where: { uuid } })).epoch;

/** As another scheduler and the api commit it, events included. */
async function takeAndEnrol(taken: string, trait: string): Promise<string> {
  const [enrolled] = await enrol(rig.database, 1, { traits: [trait] });
  await rig.database.transaction(async ({ sql, out }) => {
    await sql.node.update({
      where: { uuid: taken },
      data: { taskState: 'error', epoch: { increment: 1 } },
    });
    out.emit(
      eventOf(
        'nodeState',
        { subject: taken, epoch: 1 },
        { from: 'available', to: 'error', instance_uuid: null },
      ),
    );
    out.emit(eventOf('nodeEnrolled', { subject: enrolled!, epoch: 0 }, { name: null }));
  });
  return enrolled!;
}

test.each([
  {
    name: 'while the broker was away',
    begin: () =>
      Promise.resolve().then(() => {
        rig.wire.cut();
      }),
    end: () =>
      Promise.resolve().then(() => {
        rig.wire.mend();
      }),
  },
  {
    name: 'while the process was paused',
    begin: () => rig.signal('s1', 'SIGSTOP'),
    end: () => rig.signal('s1', 'SIGCONT'),
  },
])('what changed $name is noticed', async ({ name, begin, end }) => {
  const old = `CUSTOM_${name.toUpperCase().replaceAll(' ', '_')}`;
  const [taken, second, third] = await enrol(rig.database, 3, withTrait(old));
  // To refuse it, the scheduler has looked at all there is.
  expect((await place('CUSTOM_NOWHERE')).node).toBeUndefined();
  await begin();
  const enrolled = await takeAndEnrol(taken!, `${old}_NEW`);
  await pause(2000);
  await end();

  const first = await place(old);
  expect(first.node).toBe(second);
  expect([[], [taken]]).toContainEqual(lostBy(first));
  const next = await place(old);
  expect(next.node).toBe(third);
  expect(lostBy(next)).toEqual([]);
  expect((await place(`${old}_NEW`)).node).toBe(enrolled);
  expect(await epochOf(taken!)).toBe(1);
});

test('a node that has changed since it was judged is lost, never claimed, and all are judged anew', async () => {
  const trait = 'CUSTOM_SHRINKS';
  const [best, next] = await enrol(rig.database, 2, withTrait(trait));
  expect((await place('CUSTOM_NOWHERE')).node).toBeUndefined();
  // No event tells of it: as if somebody had corrected the row by hand.
  await rig.database.prisma.node.update({ where: { uuid: best! }, data: { memoryMb: 256 } });
  const placed = await place(trait);
  expect(placed.node).toBe(next);
  expect(lostBy(placed)).toEqual([best]);
  expect(await epochOf(best!)).toBe(0);
});
