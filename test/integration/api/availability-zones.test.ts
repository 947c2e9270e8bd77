import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { addComputeHost, seenIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let member: string;
let nodes: Record<'own' | 'byHost' | 'byUuid' | 'plain', string>;

beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'alice');
  await addComputeHost(rig.api, 'h1');
  await addComputeHost(rig.api, 'h2');
  await addComputeHost(rig.api, 'h3');
  await rig.api.database.prisma.service.updateMany({
    where: { host: 'h2' },
    data: { disabled: true },
  });
  nodes = {
    own: await rig.enrol({ availability_zone: 'own', service_host: 'h1' }),
    byHost: await rig.enrol({ service_host: 'h2' }),
    byUuid: await rig.enrol({ quarantined: true }),
    plain: await rig.enrol(),
  };
  await aggregate('hosts', 'h2');
  await aggregate('nodes', nodes.byUuid);
  await aggregate('empty');
});
afterAll(() => rig.close());

async function aggregate(zone: string, host?: string): Promise<void> {
  const body = { aggregate: { name: zone, availability_zone: zone } };
  const { id } = seenIn(await rig.compute('POST', 'os-aggregates', body), 'aggregate');
  if (host !== undefined) {
    await rig.compute('POST', `os-aggregates/${id}/action`, { add_host: { host } });
  }
}

test('zones of nodes, of aggregates, and the default one, with whether anything is there', async () => {
  const { body } = await rig.compute('GET', 'os-availability-zone', undefined, { token: member });
  const state = (zoneName: string, available: boolean): object => ({
    zoneName,
    zoneState: { available },
    hosts: null,
  });
  expect(body).toEqual({
    availabilityZoneInfo: [
      state('empty', false),
      state('hosts', false),
      state('nodes', false),
      state('nova', true),
      state('own', true),
    ],
  });
});

test('in detail with their compute hosts, for administrators', async () => {
  const path = 'os-availability-zone/detail';
  expect((await rig.compute('GET', path, undefined, { token: member })).status).toBe(403);
  const { availabilityZoneInfo: zones } = (await rig.compute('GET', path)).body as unknown as {
    availabilityZoneInfo: { zoneName: string; hosts: object }[];
  };
  const hosts = Object.fromEntries(
    zones.map((zone) => [zone.zoneName, Object.keys(zone.hosts).sort()]),
  );
  expect(hosts).toEqual({
    internal: [],
    empty: [],
    hosts: ['h2'],
    // Of nodes under no host any one takes care.
    nodes: ['h1', 'h2', 'h3'],
    nova: ['h1', 'h2', 'h3'],
    own: ['h1'],
  });
  const ofHost = zones.find(({ zoneName }) => zoneName === 'hosts')?.hosts;
  expect(ofHost).toMatchObject({ h2: { 'nova-compute': { available: true, active: false } } });
});

test("a placed server shows its node's zone, whatever was asked for", async () => {
  const zones = { own: 'own', byHost: 'hosts', byUuid: 'nodes', plain: 'nova' };
  for (const [which, zone] of Object.entries(zones)) {
    const uuid = await rig.server({ availability_zone: 'empty' });
    const show = async () => seenIn(await rig.compute('GET', `servers/${uuid}`), 'server');
    expect(await show()).toMatchObject({ 'OS-EXT-AZ:availability_zone': 'empty' });
    const data = { node: nodes[which as keyof typeof nodes], host: 'h1' };
    await rig.api.database.prisma.instance.update({ where: { uuid }, data });
    expect(await show()).toMatchObject({ 'OS-EXT-AZ:availability_zone': zone });
  }
});
