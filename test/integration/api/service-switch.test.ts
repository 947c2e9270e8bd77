import { beat } from '@metalcast/db';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
  anyones = await rig.enrol();
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
