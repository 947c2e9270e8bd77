import { loginRole } from '@metalcast/db/grants';
import { serviceNames } from '@metalcast/domain';
import { Cloud } from '@metalcast/simulated-cloud';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const nodes = 5;
let cloud: Cloud;

beforeAll(async () => {
  const compute = { METALCAST_MAX_ATTEMPTS: String(nodes) };
  cloud = await Cloud.start({ nodes, settings: { compute } });
});

afterEach(async () => {
  await cloud.machines.repairAll();
});

afterAll(async () => {
  await cloud.close();
});

const free = {
  state: expect.stringMatching(/^(available|deleted)$/) as string,
  instance_uuid: null,
};

/** Checks that every node can be claimed again and that nothing runs on any node. */
async function expectAllFree(): Promise<void> {
  expect(await cloud.nodes()).toMatchObject(Array.from({ length: nodes }, () => free));
  expect(await cloud.machines.seeAll()).toMatchObject(
    Array.from({ length: nodes }, () => ({ power: 'off', stage: 'off' })),
  );
}

test('each service logs in to the database and to the broker as itself', async () => {
  const sessions = await cloud.database.sql.$queryRaw<{ name: string; user: string }[]>`
    SELECT DISTINCT application_name AS name, usename AS "user" FROM pg_stat_activity
     WHERE application_name LIKE 'metalcast-%'`;
  const expected = serviceNames.flatMap((service) =>
    [`metalcast-${service}`, `metalcast-${service}-relay`].map((name) => ({
      name,
      user: loginRole('metalcast', service),
    })),
  );
  expect(new Set(sessions)).toEqual(new Set(expected));
  const log = cloud.log('broker');
  for (const service of serviceNames) {
    expect(log).toContain(`user 'metalcast-${service}' authenticated and granted access`);
  }
});

test('a server is built and deleted, and its node is used again', async () => {
  const first = await cloud.build();
  expect(await cloud.built(first)).toMatchObject({ status: 'ACTIVE' });
  const node = (await cloud.nodes()).find(({ instance_uuid: uuid }) => uuid === first);
  const before = await cloud.machines.see(node!.name);
  expect(before).toMatchObject({ power: 'on', stage: 'system', boots: 2 });

  await cloud.delete(first);
  await cloud.deleted(first);
  await expectAllFree();

  const second = await Promise.all(Array.from({ length: nodes }, () => cloud.build()));
  const built = await Promise.all(second.map((id) => cloud.built(id)));
  expect(built.map(({ status }) => status)).toEqual(second.map(() => 'ACTIVE'));
  expect(await cloud.machines.see(node!.name)).toMatchObject({ stage: 'system', boots: 4 });
  await deleteAll(second);
  await expectAllFree();
});

test('20 requests at once on 5 nodes: 5 servers, no node twice, 15 refused with the reasons', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => cloud.build()));
  const servers = await Promise.all(ids.map((id) => cloud.built(id)));

  const active = servers.filter(({ status }) => status === 'ACTIVE');
  const refused = servers.filter(({ status }) => status === 'ERROR');
  expect([active.length, refused.length]).toEqual([nodes, 15]);
  const hosts = active.map((server) => server['OS-EXT-SRV-ATTR:hypervisor_hostname']);
  expect(new Set(hosts).size).toBe(nodes);
  for (const { fault } of refused) {
    expect(fault?.message).toMatch(/^No valid host was found\. .*in use|is in state/);
  }
  const powered = await cloud.machines.seeAll();
  expect(powered).toMatchObject(powered.map(() => ({ stage: 'system' })));
  await deleteAll(ids);
  await expectAllFree();
});

test('when no node can be powered on, the server lists each fault, and all nodes are free', async () => {
  const { names } = cloud.machines;
  await Promise.all(names.map((name) => cloud.machines.breakBmc(name, { refuse: ['on'] })));

  const id = await cloud.build();
  const server = await cloud.built(id);
  expect(server.status).toBe('ERROR');
  const { fault, nodes_tried: tried } = await cloud.operation(id);
  expect(fault?.code).toBe('RETRIES_EXHAUSTED');
  expect(tried.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(tried.map((each) => each.fault.code)).toEqual(names.map(() => 'POWER_REFUSED'));
  for (const name of names) {
    expect(server.fault?.message).toContain(`${name}: POWER_REFUSED`);
  }
  await expectAllFree();
  await deleteAll([id]);
});

test('a server is deleted at any step of its build', async () => {
  const steps = ['prepareBoot', 'powerCycleToNetwork', 'awaitRamdisk', 'writeImage', 'restartNode'];
  const ids = await Promise.all(
    steps.map(async (step) => {
      const id = await cloud.build();
      await cloud.stepBegun(id, step);
      await cloud.delete(id);
      await cloud.deleted(id);
      return id;
    }),
  );
  for (const id of ids) {
    expect(await cloud.operation(id)).toMatchObject({ kind: 'delete', state: 'succeeded' });
  }
  await expectAllFree();
});

async function deleteAll(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => cloud.delete(id)));
  await Promise.all(ids.map((id) => cloud.deleted(id)));
}
