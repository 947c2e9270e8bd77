import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@metalcast/lab';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientMs, openstackData, runOpenstack } from './openstack-command.js';
import { addComputeHost, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let folder: string;

beforeAll(async () => {
  rig = await startServerRig({ port: await freePort() });
  folder = mkdtempSync(join(tmpdir(), 'metalcast-openstack-'));
  await addComputeHost(rig.api, 'h1');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rig.close();
});

const openstack = (...args: string[]): Promise<string> => runOpenstack(rig.api, folder, args);
const data = (...args: string[]): Promise<unknown> => openstackData(rig.api, folder, args);

test('aggregates and zones', { timeout: 14 * clientMs }, async () => {
  const node = await rig.enrol({ name: 'n1' });
  const aggregate = (...args: string[]): Promise<unknown> => data('aggregate', ...args);
  expect(
    await aggregate('create', '--zone', 'az1', '--property', 'ssd=true', 'fast'),
  ).toMatchObject({ name: 'fast', availability_zone: 'az1', properties: { ssd: 'true' } });
  await aggregate('add', 'host', 'fast', 'n1');
  expect(await aggregate('add', 'host', 'fast', 'h1')).toMatchObject({
    hosts: expect.arrayContaining(['h1', node]) as unknown,
  });
  await openstack('aggregate', 'set', '--name', 'faster', '--property', 'gpu=a', 'fast');
  await openstack('aggregate', 'unset', '--property', 'ssd', 'faster');
  expect(await aggregate('list', '--long')).toMatchObject([
    { Name: 'faster', 'Availability Zone': 'az1', Properties: { gpu: 'a' } },
  ]);
  const zones = (await data('availability', 'zone', 'list')) as { 'Zone Name': string }[];
  expect(zones.map((zone) => zone['Zone Name'])).toEqual(expect.arrayContaining(['az1', 'nova']));
  await expect(openstack('aggregate', 'delete', 'faster')).rejects.toMatchObject({
    stderr: expect.stringContaining('Host aggregate is not empty') as string,
  });
  await aggregate('remove', 'host', 'faster', 'h1');
  await aggregate('remove', 'host', 'faster', node);
  expect(await aggregate('show', 'faster')).toMatchObject({ hosts: [], properties: { gpu: 'a' } });
  await openstack('aggregate', 'delete', 'faster');
  expect(await aggregate('list')).toEqual([]);
});

test('a hypervisor, beside an aggregate', { timeout: 4 * clientMs }, async () => {
  const node = await rig.enrol();
  const shown = (): Promise<unknown> => data('hypervisor', 'show', node);
  await openstack('aggregate', 'create', 'some');
  expect(await shown()).toMatchObject({
    hypervisor_hostname: node,
    cpu_info: { model: 'baremetal cpu' },
  });
  await openstack('aggregate', 'delete', 'some');
});

test('server groups, hints and forced nodes', { timeout: 10 * clientMs }, async () => {
  const node = await rig.enrol();
  const group = (await data('server', 'group', 'create', '--policy', 'anti-affinity', 'apart')) as {
    id: string;
  };
  expect(group).toMatchObject({ name: 'apart', policies: ['anti-affinity'], members: [] });
  const soft = ['--os-compute-api-version', '2.15', 'server', 'group', 'create'];
  await data(...soft, '--policy', 'soft-affinity', 'near');
  const other = await rig.server();
  const another = await rig.server();
  const request = ['server', 'create', '--image', 'disk', '--flavor', 'small'];
  const hints = [`group=${group.id}`, `different_rack=${other}`, `different_rack=${another}`];
  const created = (await data(
    ...[...request, ...hints.flatMap((hint) => ['--hint', hint])],
    ...['--availability-zone', `nova::${node}`, 'placed'],
  )) as { id: string };
  const { prisma } = rig.api.database;
  expect(await prisma.instance.findUnique({ where: { uuid: created.id } })).toMatchObject({
    ...{ serverGroupId: group.id, availabilityZone: 'nova', forcedHost: null, forcedNode: node },
    schedulerHints: { group: group.id, different_rack: [other, another] },
  });
  expect(await data('server', 'group', 'show', 'apart')).toMatchObject({ members: [created.id] });
  expect(await data('server', 'group', 'list')).toMatchObject([
    { Name: 'apart', Policies: ['anti-affinity'] },
    { Name: 'near', Policies: ['soft-affinity'] },
  ]);
  await openstack('server', 'group', 'delete', 'apart', 'near');
  expect(await data('server', 'group', 'list')).toEqual([]);
});
