import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@metalcast/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientMs, runOpenstack } from './openstack-command.js';
import { OpenstackShell } from './openstack-shell.js';
import { addComputeHost, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let folder: string;
let client: OpenstackShell;

beforeAll(async () => {
  rig = await startServerRig({ port: await freePort() });
  folder = mkdtempSync(join(tmpdir(), 'metalcast-openstack-'));
  await addComputeHost(rig.api, 'h1');
  client = OpenstackShell.start({ api: rig.api, folder });
});
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
  await rig.close();
});

const openstack = (...args: string[]): Promise<string> => client.run(...args);
const data = (...args: string[]): Promise<unknown> => client.data(...args);
/** In a process of its own: for what it prints when it ends badly, and for options that come before the command. */
const alone = (...args: string[]): Promise<string> => runOpenstack({ api: rig.api, folder }, args);

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
  await expect(alone('aggregate', 'delete', 'faster')).rejects.toMatchObject({
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
  await alone(...soft, '--policy', 'soft-affinity', 'near');
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
