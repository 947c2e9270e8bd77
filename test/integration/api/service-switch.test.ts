import { beat } from '@metalcast/db';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { aMac } from '../db/rows.js';
import type { Answer } from './api-process.js';
import { addComputeHost, messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let own: string;
let anyones: string;
beforeAll(async () => {
  rig = await startServerRig();
  for (const host of ['h1', 'h2']) {
    await addComputeHost(rig.api, host);
  }
  const service = { host: 'h1', binary: 'nova-scheduler', topic: 'scheduler', version: '1.0' };
  await beat(rig.api.database, { ...service, details: {} }, true);
  own = await rig.enrol({ service_host: 'h1' });
  anyones = await rig.enrol({ interfaces: [{ address: aMac() }] });
  await rig.api.database.prisma.node.updateMany({ data: { bmcReached: true } });
});
afterAll(() => rig.close());
beforeEach(async () => {
  await put('enable', { host: 'h1' });
  await put('enable', { host: 'h2' });
});

const put = (action: string, body: object): Promise<Answer> =>
  rig.compute('PUT', `os-services/${action}`, { binary: 'nova-compute', ...body });

const versionOf = async (uuid: string): Promise<number> =>
  (await rig.api.database.prisma.node.findUniqueOrThrow({ where: { uuid } })).version;

/** Of the nodes, those whose claims by an earlier view are lost. */
async function touchedBy(work: () => Promise<Answer>): Promise<string[]> {
  const nodes = [own, anyones];
  const before = await Promise.all(nodes.map(versionOf));
  expect((await work()).status).toBe(200);
  const after = await Promise.all(nodes.map(versionOf));
  return nodes.filter((_, n) => after[n] !== before[n]);
}

test('its own nodes cannot be claimed by what was known before the answer', async () => {
  expect(await touchedBy(() => put('disable', { host: 'h1' }))).toEqual([own]);
  expect(await touchedBy(() => put('enable', { host: 'h1' }))).toEqual([own]);
});

test('with the last one all nodes are concerned', async () => {
  await put('disable', { host: 'h1' });
  expect(await touchedBy(() => put('disable', { host: 'h2' }))).toEqual([own, anyones]);
});

/** Sessions of this database that wait for a lock. */
const waiting = (): Promise<unknown[]> => rig.api.database.prisma.$queryRaw`
  SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

test('of two that are disabled at the same time, the second knows that it is the last', async () => {
  const before = await versionOf(anyones);
  const { both } = await rig.api.database.prisma.$transaction(
    async (other) => {
      await other.$executeRaw`SELECT FROM nodes WHERE uuid = ${own}::uuid FOR UPDATE`;
      const first = put('disable', { host: 'h1' });
      await waitFor(async () => (await waiting()).length === 1, {
        timeoutMs: 30_000,
        what: 'h1 to wait for its node',
      });
      const ended: Answer[] = [];
      const second = put('disable', { host: 'h2' }).then((answer) => {
        ended.push(answer);
        return answer;
      });
      await waitFor(async () => ended.length === 1 || (await waiting()).length === 2, {
        timeoutMs: 30_000,
        what: 'h2 to end, or to wait for h1',
      });
      return { both: [first, second] };
    },
    { timeout: 60_000 },
  );
  expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await versionOf(anyones)).toBeGreaterThan(before);
});

test('a node is shown under its own service, or under one that takes work', async () => {
  await put('disable', { host: 'h1' });
  const { body } = await rig.compute('GET', 'os-hypervisors/detail');
  const { hypervisors } = body as unknown as {
    hypervisors: { hypervisor_hostname: string; status: string; service: { host: string } }[];
  };
  const seen = new Map(
    hypervisors.map(({ hypervisor_hostname: uuid, status, service: { host } }) => [
      uuid,
      `${host} ${status}`,
    ]),
  );
  expect([seen.get(own), seen.get(anyones)]).toEqual(['h1 disabled', 'h2 enabled']);
});

test('a service that would take work all the same is not disabled', async () => {
  const answer = await put('disable', { host: 'h1', binary: 'nova-scheduler' });
  expect([answer.status, messageIn(answer)]).toEqual([
    400,
    expect.stringContaining('Only nova-compute services can be disabled'),
  ]);
  expect((await put('enable', { host: 'h1', binary: 'nova-scheduler' })).status).toBe(200);
  expect((await put('disable', { host: 'h9' })).status).toBe(404);
});
