import { setTimeout as pause } from 'node:timers/promises';
import { eventOf } from '@metalcast/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchedulerRig } from './rig.js';
import { ask, enrol } from './rows.js';
import { verdict } from './verdict.js';

/** With these periods, only an event, a reconnect or a lost claim causes a refresh during a test. */
const env = { METALCAST_REFRESH_MS: '600000', METALCAST_VERIFY_MS: '600000' };
const needs = (trait: string) => ({ flavor: { extra_specs: { [`trait:${trait}`]: 'required' } } });
/** The first node is the best fit. */
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
  /** uuid; undefined when the server was refused. */
  readonly node: string | undefined;
}

/** Requests a server and waits until nothing is pending. */
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

/** Commits a claim and an enrolment, with events, as another scheduler and the api do. */
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
])('a change $name is noticed', async ({ name, begin, end }) => {
  const old = `CUSTOM_${name.toUpperCase().replaceAll(' ', '_')}`;
  const [taken, second, third] = await enrol(rig.database, 3, withTrait(old));
  // A refusal means that the scheduler has refreshed its whole view.
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

test('a claim of a node that has changed is lost, and all nodes are judged again', async () => {
  const trait = 'CUSTOM_SHRINKS';
  const [best, next] = await enrol(rig.database, 2, withTrait(trait));
  expect((await place('CUSTOM_NOWHERE')).node).toBeUndefined();
  // No event reports this change, as if an operator had edited the row by hand.
  await rig.database.prisma.node.update({ where: { uuid: best! }, data: { memoryMb: 256 } });
  const placed = await place(trait);
  expect(placed.node).toBe(next);
  expect(lostBy(placed)).toEqual([best]);
  expect(await epochOf(best!)).toBe(0);
});
