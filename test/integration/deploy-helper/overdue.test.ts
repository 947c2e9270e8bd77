import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeImage } from './images.js';
import { ScriptedAgent, type Answer, type Mischief } from './scripted-agent.js';
import { World, type Helper, type NodeWithServer } from './world.js';

const mib = 1024 * 1024;
/** One disk at a time, and little patience. */
const hasty = {
  METALCAST_CAPACITY: '1',
  METALCAST_LEASE_MS: '6000',
  METALCAST_SWEEP_MS: '200',
  METALCAST_TARGET_MS: '10000',
  METALCAST_STALL_MS: '6000',
  METALCAST_VERIFY_MS: '5000',
  METALCAST_RESTART_MS: '1000',
  METALCAST_VERIFY_MB: '12',
};
let world: World;
let helper: Helper;
let image: string;
const agents: ScriptedAgent[] = [];

beforeAll(async () => {
  world = await World.make();
  image = join(world.folder, 'image.qcow2');
  makeImage(image, { sizeMb: 64, dataMb: 20, table: 'label: dos\n,40M,L,*\n' });
  helper = await world.helper('hasty', hasty);
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
  await world.releaseAll();
});
afterAll(() => world.close());

const server = (): Promise<NodeWithServer> =>
  world.nodeWithServer({ imageFile: image, imageBytes: 64 * mib });

async function greeted(of: NodeWithServer, mischief: Mischief = {}): Promise<ScriptedAgent> {
  const diskFile = join(world.folder, `${of.node}.disk`);
  const options = { ...of, helpers: [helper.url], diskFile, diskBytes: 128 * mib };
  const agent = new ScriptedAgent(options, mischief);
  agents.push(agent);
  expect((await agent.hello()).status).toBe(200);
  return agent;
}

test('a silent ramdisk is named, and gives its place to the next deployment', async () => {
  const [silent, waiting] = [await server(), await server()];
  await greeted(silent);
  const patient = await greeted(waiting);
  await world.deploy(silent);
  await world.inState(silent, 'targeting');
  await world.deploy(waiting);
  await world.inState(waiting, 'queued');
  const obeyed = patient.obey();
  expect(await world.inState(silent, 'failed')).toMatchObject({ fault: { code: 'AGENT_SILENT' } });
  const row = await world.inState(waiting, 'verified', 'failed');
  expect(row.state).toBe('verified');
  // 20 MiB of data, of which 12 are read back.
  const verified = (await world.events(waiting)).find(({ type }) => type === 'deploy.verified');
  expect(verified?.data).toMatchObject({ whole: false });
  await world.restart(waiting);
  await obeyed;
});

test('what another helper was told shows, though nobody has said so', async () => {
  const of = await server();
  await greeted(of);
  await world.deploy(of);
  const { id } = await world.inState(of, 'targeting');
  // As that helper would, but its hint is lost. Nobody listens there.
  const data = { targetAttempt: 1, portal: '127.0.0.1:1', iqn: 'iqn.none' };
  await world.database.prisma.deployment.update({ where: { id }, data });
  expect(await world.inState(of, 'failed')).toMatchObject({ fault: { code: 'WRITE_FAILED' } });
});

test('a write that goes no further is stopped and named', async () => {
  const of = await server();
  const agent = await greeted(of, {
    onServed: (_, daemon) => {
      daemon.freeze();
    },
  });
  await world.deploy(of);
  const obeyed = agent.obey();
  await world.inState(of, 'writing');
  expect(await world.inState(of, 'failed')).toMatchObject({ fault: { code: 'WRITE_STALLED' } });
  expect(await obeyed).toMatchObject({ command: 'abort' });
});

test('a node whose epoch ends is written to no more', async () => {
  const of = await server();
  const agent = await greeted(of, {
    onServed: (_, daemon) => {
      daemon.freeze();
    },
  });
  await world.deploy(of);
  const obeyed = agent.obey();
  await world.inState(of, 'writing');
  await world.database.prisma.node.update({
    where: { id: of.nodeId },
    data: { epoch: of.epoch + 1 },
  });
  expect(await obeyed).toMatchObject({ command: 'abort' });
  expect(await world.inState(of, 'failed')).toMatchObject({ fault: { code: 'CANCELLED' } });
});

test('what a node has left behind is ended long before its deadline', async () => {
  const of = await server();
  await greeted(of);
  await world.database.prisma.node.update({
    where: { id: of.nodeId },
    data: { epoch: of.epoch + 1 },
  });
  await world.database.prisma.deployment.updateMany({
    where: { nodeId: of.nodeId },
    data: { state: 'queued', deadlineAt: new Date(Date.now() + 3_600_000) },
  });
  expect(await world.inState(of, 'failed')).toMatchObject({
    fault: { code: 'CANCELLED', phase: 'queued' },
    deadlineAt: null,
  });
});

test('a restart that nobody heard leaves the disk verified', async () => {
  const of = await server();
  const agent = await greeted(of);
  await world.deploy(of);
  // Until the agent is stopped.
  agent.obey().catch(() => undefined);
  await world.inState(of, 'verified');
  await agent.stop();
  await world.restart(of);
  await world.inState(of, 'restarting');
  expect(await world.inState(of, 'verified')).toMatchObject({ fault: null, deadlineAt: null });
});

test('a helper that was killed goes on by itself when it is started again', async () => {
  await helper.stop();
  const slow = { ...hasty, METALCAST_LEASE_MS: '60000', METALCAST_TARGET_MS: '60000' };
  helper = await world.helper('phoenix', slow);
  const of = await server();
  const agent = await greeted(of);
  await world.deploy(of);
  await world.inState(of, 'targeting');
  await helper.kill9();
  helper = await world.helper('phoenix', slow);
  agent.turnTo([helper.url]);
  const obeyed = agent.obey();
  expect(await world.inState(of, 'verified', 'failed')).toMatchObject({
    state: 'verified',
    attempt: 2,
  });
  await world.restart(of);
  await obeyed;
});

test('a ramdisk that dies again and again after its hello ends the deployment, by a name', async () => {
  const patient = await world.helper('patient', { METALCAST_MAX_ATTEMPTS: '4' });
  try {
    let of = await server();
    const hello = (): Promise<Answer> => {
      const diskFile = join(world.folder, `${of.node}.disk`);
      const agent = new ScriptedAgent({
        ...{ ...of, helpers: [patient.url], diskFile, diskBytes: 128 * mib },
      });
      agents.push(agent);
      return agent.hello();
    };
    expect((await hello()).status).toBe(200);
    await world.deploy(of);
    await world.inState(of, 'targeting');
    let answer: Answer | undefined;
    for (let boot = 2; boot <= 5 && answer?.status !== 422; boot += 1) {
      of = await world.reboot(of);
      answer = await hello();
    }
    expect(answer?.body).toMatchObject({ code: 'DEPLOY_LOOP' });
    expect(await world.row(of)).toMatchObject({
      state: 'failed',
      fault: { code: 'DEPLOY_LOOP', details: { lastSeen: 'the deploy ramdisk said hello' } },
    });
  } finally {
    await patient.stop();
  }
});

test('a helper whose disk is full leaves the work to others, and says so', async () => {
  const folder = join(world.folder, 'full');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]);
  try {
    const full = await world.helper('full', hasty);
    const of = await server();
    await greeted(of);
    // Nobody else may take it first.
    await helper.stop();
    await world.deploy(of);
    await waitFor(() => full.log().includes('the disk of this host is full'), {
      timeoutMs: 15_000,
      what: 'the full disk to be told',
    });
    const [, health] = /"url":"(http[^"]+)"/.exec(full.log()) ?? [];
    const readiness = await fetch(`${String(health)}/readyz`);
    expect(await readiness.json()).toMatchObject({ error: { disk: { status: 'down' } } });
    expect(await world.inState(of, 'queued')).toMatchObject({ attempt: 1, helper: null });
    helper = await world.helper('hasty', hasty);
    expect(await world.inState(of, 'targeting')).toMatchObject({ attempt: 2 });
    await full.stop();
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});
