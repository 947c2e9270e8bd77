import { serviceNames, vmState } from '@metalcast/domain';
import { Cloud } from '@metalcast/simulated-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Builds } from './builds.js';
import { checkoutTimeoutMs, oldCheckout } from './built-checkout.js';
import { EventWitness } from './event-witness.js';
import { thisCheckout } from './old-release.js';
import { runningCheckouts } from './running-checkouts.js';
import { errorsOf, noTraces, tracesOf } from './traces.js';
import { commandsOf, Operator } from './upgrade-page.js';
import { active } from './whole-life.js';

const residents = 2;
const lines = 6;
let old: string;
let cloud: Cloud;
let witness: EventWitness;
let operator: Operator;
let builds: Builds;
let boots: unknown[];
const closers: (() => Promise<void>)[] = [];

/** Servers that run all the time, and builds that go on all the time, under the old release alone. */
beforeAll(async () => {
  old = await oldCheckout();
  cloud = await Cloud.start({ nodes: residents + lines, checkout: old });
  closers.push(() => cloud.close());
  witness = await EventWitness.open(cloud);
  closers.push(() => witness.close());
  operator = new Operator({
    context: cloud.context,
    checkouts: { '/opt/metalcast-0.1.0': old, '/opt/metalcast-0.2.0': thisCheckout },
    // Between two restarts, services of both releases build and delete a server.
    restart: async (service, checkout) => {
      await builds.underWay();
      await cloud.replace(service, checkout);
      await builds.fromNowOn(1);
    },
  });
  const ids = await Promise.all(Array.from({ length: residents }, () => cloud.build()));
  await Promise.all(ids.map((id) => active(cloud, id)));
  boots = await residentBoots();
  builds = new Builds(cloud, lines);
}, checkoutTimeoutMs);

afterAll(async () => {
  for (const close of closers.reverse()) {
    await close();
  }
});

/** The machines that have been up from the beginning. */
async function residentBoots(): Promise<unknown[]> {
  const { instance } = cloud.database.prisma;
  const rows = await instance.findMany({
    where: { vmState: vmState.active },
    orderBy: { id: 'asc' },
    take: residents,
    select: { uuid: true },
  });
  const nodes = await cloud.nodes();
  return Promise.all(
    rows.map(async ({ uuid }) => {
      const { name } = nodes.find(({ instance_uuid: of }) => of === uuid)!;
      const { power, stage, boots: count } = await cloud.machines.see(name);
      return { name, power, stage, count };
    }),
  );
}

async function carryOut(section: 'Upgrade' | 'Rollback', to: string): Promise<void> {
  for (const command of commandsOf(section)) {
    await builds.underWay();
    await operator.perform(command);
    expect(errorsOf(cloud, serviceNames), command).toEqual([]);
  }
  const running = await runningCheckouts(cloud, serviceNames);
  expect(running).toEqual(serviceNames.map(() => to));
  await builds.fromNowOn();
}

test('an upgrade and a rollback by the page, while builds go on: no server is lost', async () => {
  await carryOut('Upgrade', thisCheckout);
  await carryOut('Rollback', old);
  await builds.stop();
  expect(await residentBoots()).toEqual(boots);
  const { instance } = cloud.database.prisma;
  const groups = await instance.groupBy({ by: ['vmState'], _count: true });
  const others = groups.filter(({ vmState: state }) => state !== vmState.deleted);
  expect(others).toEqual([{ vmState: vmState.active, _count: residents }]);
  expect(await tracesOf(cloud, serviceNames, witness)).toEqual(noTraces);
});
