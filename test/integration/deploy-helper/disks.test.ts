// Which disk is given, and the hours in which disks are emptied.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeImage } from './images.js';
import { ScriptedAgent } from './scripted-agent.js';
import { World, type Helper, type NodeWithServer } from './world.js';

const mib = 1024 * 1024;
const gib = 1024 * mib;
const vda = { name: 'vda', size: 128 * mib, serial: 'S1', pci: '0000:00:05.0' };
const vdb = { name: 'vdb', size: 4 * gib, serial: 'S2', pci: '0000:00:06.0' };
const several = {
  protocol: 2,
  disks: [vda, vdb],
  bios_drives: [
    { drive: 128, pci: vdb.pci },
    { drive: 129, pci: vda.pci },
  ],
};
let world: World;
let helper: Helper;
let image: string;
const agents: ScriptedAgent[] = [];

beforeAll(async () => {
  world = await World.make();
  image = join(world.folder, 'image.qcow2');
  makeImage(image, { sizeMb: 64, dataMb: 10, table: 'label: dos\n,40M,L,*\n' });
  helper = await world.helper('disks', { METALCAST_CAPACITY: '1', METALCAST_STALL_MS: '10000' });
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
  await world.releaseAll();
});
afterAll(() => world.close());

const server = (): Promise<NodeWithServer> =>
  world.nodeWithServer({ imageFile: image, imageBytes: 64 * mib });

function agentOf(of: NodeWithServer): ScriptedAgent {
  const diskFile = join(world.folder, `${of.node}.disk`);
  const agent = new ScriptedAgent({ ...of, helpers: [helper.url], diskFile, diskBytes: vda.size });
  agents.push(agent);
  return agent;
}

const marked = async (of: NodeWithServer, data: object): Promise<void> => {
  await world.database.prisma.node.update({ where: { id: of.nodeId }, data });
};

async function greet(of: NodeWithServer, changes: object) {
  const agent = agentOf(of);
  return agent.hello(agent.helloBody(changes));
}

test('several disks and no word which one: a refusal that lists them', async () => {
  const of = await server();
  expect(await greet(of, several)).toMatchObject({ status: 422, body: { code: 'DISK_AMBIGUOUS' } });
  const row = await world.row(of);
  expect(row).toMatchObject({ state: 'failed', disk: null, empties: '' });
  const { message } = row?.fault as { message: string };
  expect(message).toContain('vda (0.1 GiB, serial S1), vdb (4.0 GiB, serial S2)');
});

test('by its hint; all others that are not kept are emptied, and the BIOS number is known', async () => {
  const of = await server();
  await marked(of, { rootDevice: { serial: 's1' } });
  expect(await greet(of, several)).toMatchObject({
    status: 200,
    body: { disk: 'vda', empties: 'vda vdb' },
  });
  expect(await world.row(of)).toMatchObject({ disk: 'vda', disks: 2, biosDrive: 129 });

  const keeping = await server();
  await marked(keeping, { keepDisks: [{ serial: 'S2' }] });
  expect(await greet(keeping, several)).toMatchObject({ body: { disk: 'vda', empties: 'vda' } });
});

test('the written disk stays the one when the kernel calls it otherwise in the next boot', async () => {
  const of = await server();
  await marked(of, { rootDevice: { serial: 'S1' } });
  expect(await greet(of, several)).toMatchObject({ body: { disk: 'vda' } });
  const where = { nodeId_epoch: { nodeId: of.nodeId, epoch: of.epoch } };
  await world.database.prisma.deployment.update({ where, data: { state: 'verified' } });
  const disks = [
    { ...vda, name: 'vdb' },
    { ...vdb, name: 'vda' },
  ];
  const swapped = await greet(await world.reboot(of), { ...several, disks });
  expect(swapped).toMatchObject({ status: 200, body: { disk: 'vdb' } });
  expect(await world.row(of)).toMatchObject({ state: 'verified', disk: 'vdb', biosDrive: 129 });
});

test('a config drive of another on a kept disk, an old ramdisk, a BIOS of few words', async () => {
  const cases: [object, string][] = [
    [
      { ...several, config_labels: [{ disk: 'vdb', device: 'vdb1', label: 'config-2' }] },
      'DISK_FOREIGN_CONFIG',
    ],
    [{ ...several, protocol: 1 }, 'RAMDISK_TOO_OLD'],
    [{ ...several, bios_drives: [] }, 'DISK_ORDER_UNKNOWN'],
    [{ ...several, disks: [vdb] }, 'DISK_KEPT'],
    [{ ...several, disks: [vda] }, 'DISK_UNMATCHED'],
  ];
  for (const [changes, code] of cases) {
    const of = await server();
    await marked(of, { keepDisks: [{ serial: 'S2' }] });
    expect(await greet(of, changes)).toMatchObject({ status: 422, body: { code } });
  }
});

async function erasing(of: NodeWithServer): Promise<ScriptedAgent> {
  const agent = agentOf(of);
  expect((await agent.hello(agent.helloBody({ protocol: 2 }))).status).toBe(200);
  await world.deploy(of);
  await world.inState(of, 'targeting');
  const report = { attempt: 1, step: 'erasing', disk: 'vda', bytes: 5 * gib, total: 10 * gib };
  expect((await agent.report(report)).status).toBe(200);
  return agent;
}

test('erasing is told, moves the deadline, and keeps no other node waiting', async () => {
  const of = await server();
  const agent = await erasing(of);
  const row = await world.row(of);
  expect(row).toMatchObject({ bytesDone: BigInt(5 * gib), total: BigInt(10 * gib) });
  const told = (await world.events(of)).filter(({ type }) => type === 'deploy.progress');
  expect(told.at(-1)?.data).toMatchObject({ phase: 'erasing', total: 10 * gib });
  await agent.report({ attempt: 1, step: 'erasing', bytes: 5 * gib + 1, total: 10 * gib });
  expect((await world.row(of))!.deadlineAt!.getTime()).toBeGreaterThan(row!.deadlineAt!.getTime());
  expect((await world.events(of)).filter(({ type }) => type === 'deploy.progress')).toHaveLength(
    told.length,
  );

  const other = await server();
  const patient = agentOf(other);
  await patient.hello();
  await world.deploy(other);
  const obeyed = patient.obey();
  // One at a time, and yet this one is written while the first still empties its disks.
  const beat = setInterval(() => {
    agent
      .report({ attempt: 1, step: 'erasing', bytes: 6 * gib, total: 10 * gib })
      .catch(() => undefined);
  }, 1000);
  try {
    expect(await world.inState(other, 'verified', 'failed')).toMatchObject({ state: 'verified' });
  } finally {
    clearInterval(beat);
  }
  expect(await world.row(of)).toMatchObject({ state: 'targeting' });
  await world.restart(other);
  await obeyed;
});

test('an erasing that fails is named with disk and place; one that goes no further as well', async () => {
  const bad = await server();
  const agent = await erasing(bad);
  await agent.report({
    ...{ attempt: 1, step: 'error', disk: 'vda', offset: 7 * mib },
    ...{ error: 'zeros could not be written', evidence: 'ata1: error\n' },
  });
  expect(await world.row(bad)).toMatchObject({
    state: 'failed',
    fault: { code: 'ERASE_FAILED', details: { disk: 'vda', offset: 7 * mib } },
  });

  const stuck = await server();
  await erasing(stuck);
  const row = await world.inState(stuck, 'failed');
  expect(row.fault).toMatchObject({ code: 'ERASE_STALLED', details: { percent: 50 } });
});

test('whose data the disks hold, and where the next deployment looks for it', async () => {
  const of = await server();
  await marked(of, { dataOf: ['00000000-0000-4000-8000-000000000001'] });
  const agent = agentOf(of);
  await agent.hello();
  await world.deploy(of);
  const obeyed = agent.obey();
  await world.inState(of, 'verified');
  const dataOf = async (): Promise<string[] | undefined> =>
    (await world.database.prisma.node.findUnique({ where: { id: of.nodeId } }))?.dataOf;
  expect(await dataOf()).toEqual([of.instance]);
  await world.restart(of);
  await obeyed;

  const next = await world.reboot({ ...of, epoch: of.epoch + 1 });
  await marked(of, { epoch: next.epoch });
  const again = await world.reboot(next);
  const second = agentOf(again);
  expect((await second.hello()).status).toBe(200);
  await world.deploy(again);
  const isTold = async (): Promise<boolean> => {
    const { body } = await second.next();
    return body['command'] === 'target' && /^0:65536( \d+:65536)*$/.test(String(body['probes']));
  };
  await waitFor(isTold, { timeoutMs: 30_000, what: 'a target with probes' });
});

/** The node's next server, in its next epoch; the row of the one before stays. */
async function nextServer(of: NodeWithServer): Promise<NodeWithServer> {
  const instance = randomUUID();
  const { instance: before } = of;
  const { node } = world.database.prisma;
  const { epoch } = await node.findUniqueOrThrow({ where: { id: of.nodeId } });
  await world.database.prisma.$executeRaw`
    UPDATE instances SET uuid = ${instance}::uuid, user_data = NULL WHERE uuid = ${before}::uuid`;
  await world.database.prisma.$executeRaw`
    UPDATE ports SET device_id = ${instance} WHERE device_id = ${before}`;
  await marked(of, { epoch: epoch + 1, instanceUuid: instance });
  return world.reboot({ ...of, instance, epoch: epoch + 1 });
}

/** The ramdisk empties the disks that it is told to, and serves the one that is given. */
async function offered(of: NodeWithServer, disks: readonly object[]): Promise<void> {
  const agent = agentOf(of);
  const { status } = await agent.hello(agent.helloBody({ ...several, disks }));
  expect(status).toBe(200);
  await world.deploy(of);
  await world.inState(of, 'targeting');
  const isTarget = async (): Promise<Record<string, unknown> | undefined> => {
    const { body } = await agent.next();
    return body['command'] === 'target' ? body : undefined;
  };
  const { iqn, attempt } = await waitFor(isTarget, { timeoutMs: 30_000, what: 'a target' });
  const ready = { attempt, portal: '127.0.0.1', port: 9, iqn, lun: 1, zeroed: 1 };
  expect([await agent.ready(ready), (await world.row(of))?.fault]).toMatchObject([
    { status: 200 },
    null,
  ]);
  await agent.report({ attempt, step: 'error', error: 'that is enough' });
  await world.inState(of, 'failed');
}

test('data on a disk that is kept later is remembered, of each server, until that disk is emptied', async () => {
  const dataOf = async (): Promise<string[]> =>
    (await world.database.prisma.node.findUniqueOrThrow({ where: { id: one.nodeId } })).dataOf;
  const one = await server();
  await marked(one, { rootDevice: { serial: 'S2' } });
  await offered(one, [vda, vdb]);
  expect(await dataOf()).toEqual([one.instance]);

  const two = await nextServer(one);
  await marked(two, { rootDevice: { serial: 'S1' }, keepDisks: [{ serial: 'S2' }] });
  await offered(two, [vda, vdb]);
  expect(await dataOf()).toEqual([one.instance, two.instance]);

  // The disk of the first is still kept, under another name; that of the second was emptied.
  const three = await nextServer(two);
  const swapped = [
    { ...vda, name: 'vdb' },
    { ...vdb, name: 'vda' },
  ];
  await offered(three, swapped);
  expect(await dataOf()).toEqual([one.instance, three.instance]);

  // Taken out, it may come back.
  const four = await nextServer(three);
  await marked(four, { keepDisks: [] });
  await offered(four, [vda]);
  expect(await dataOf()).toEqual([one.instance, four.instance]);

  const five = await nextServer(four);
  await offered(five, [vda, vdb]);
  expect(await dataOf()).toEqual([five.instance]);
});
