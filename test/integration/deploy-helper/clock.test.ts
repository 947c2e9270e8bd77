// The database's clock jumps ahead, as when it is set right: what another holds is his, and what has time keeps it.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { movableClock, type DatabaseClock } from '../database-clock.js';
import { makeImage } from './images.js';
import { ScriptedAgent } from './scripted-agent.js';
import { World, type NodeWithServer } from './world.js';

const mib = 1024 * 1024;
const hourMs = 3_600_000;
/** Looks often, and takes what has no holder soon. */
const hasty = { METALCAST_LEASE_MS: '6000', METALCAST_SWEEP_MS: '200' };
/** Only leases are in question: deadlines lie behind the jump. */
const unhurried = { ...hasty, METALCAST_TARGET_MS: String(24 * hourMs) };

let world: World;
let clock: DatabaseClock;
let image: string;
const agents: ScriptedAgent[] = [];

beforeAll(async () => {
  world = await World.make(async (url) => {
    clock = await movableClock(url);
  });
  image = join(world.folder, 'image.qcow2');
  makeImage(image, { sizeMb: 64, dataMb: 20, table: 'label: dos\n,40M,L,*\n' });
});
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
  await world.releaseAll();
});
afterAll(() => world.close());

async function greeted(url: string): Promise<{ of: NodeWithServer; agent: ScriptedAgent }> {
  const of = await world.nodeWithServer({ imageFile: image, imageBytes: 64 * mib });
  const diskFile = join(world.folder, `${of.node}.disk`);
  const agent = new ScriptedAgent({ ...of, helpers: [url], diskFile, diskBytes: 128 * mib });
  agents.push(agent);
  expect((await agent.hello()).status).toBe(200);
  return { of, agent };
}

/** A deployment whose helper has died: it is taken by one that judges leases. */
async function orphaned(url: string): Promise<void> {
  const { of } = await greeted(url);
  await world.database.prisma.$executeRaw`
    UPDATE deployments SET state = 'targeting', attempt = 1, helper = 'dead:1', lease_until = clock_timestamp() - interval '1 second',
           deadline_at = clock_timestamp() + interval '1 day' WHERE node_id = ${of.nodeId}`;
  await world.inAttempt(of, 2);
}

/** A deployment that is ended by a sweep, as is every other one that it finds overdue. */
async function overdue(url: string): Promise<void> {
  const { of } = await greeted(url);
  await world.database.prisma.$executeRaw`
    UPDATE deployments SET state = 'targeting', attempt = 1, helper = 'slow:1', lease_until = clock_timestamp() + interval '1 minute',
           deadline_at = clock_timestamp() - interval '1 second' WHERE node_id = ${of.nodeId}`;
  await world.inState(of, 'failed');
}

test('a deployment is not taken from a helper that renews its lease', async () => {
  const holder = await world.helper('holder', { ...unhurried, METALCAST_CAPACITY: '1' });
  const { of, agent } = await greeted(holder.url);
  await world.deploy(of);
  const { helper } = await world.inState(of, 'targeting');
  const other = await world.helper('other', { ...unhurried, METALCAST_CAPACITY: '8' });
  await orphaned(other.url);
  await clock.jump(hourMs);
  await orphaned(other.url);
  expect(await world.row(of)).toMatchObject({ state: 'targeting', attempt: 1, helper });
  const obeyed = agent.obey();
  expect(await world.inState(of, 'verified')).toMatchObject({ attempt: 1 });
  await world.restart(of);
  await obeyed;
  await Promise.all([holder.stop(), other.stop()]);
});

test('a deployment has the time that the clock jumped over', async () => {
  const holder = await world.helper('slow', hasty);
  const { of, agent } = await greeted(holder.url);
  await world.deploy(of);
  await world.inState(of, 'targeting');
  await orphaned(holder.url);
  await clock.jump(hourMs);
  await orphaned(holder.url);
  await overdue(holder.url);
  expect(await world.row(of)).toMatchObject({ state: 'targeting', attempt: 1 });
  const obeyed = agent.obey();
  expect(await world.inState(of, 'verified')).toMatchObject({ attempt: 1 });
  await world.restart(of);
  await obeyed;
});
