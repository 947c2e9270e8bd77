import { randomUUID } from 'node:crypto';
import { scheduler, type Explanation, type Question } from '@metalcast/contracts';
import { freePort } from '@metalcast/rig';
import { inMemoryRpc, type RpcConnection } from '@metalcast/rpc';
import { serve, type RpcServer } from '@metalcast/rpc/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { metalcast, type Ended } from '../cli/metalcast.js';
import { addMember, adminPassword, request, type Answer } from './api-process.js';
import { addComputeHost, messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let rpc: RpcConnection;
let server: RpcServer | undefined;

interface Asked {
  readonly question: Question;
  readonly offset: number;
  readonly limit: number;
}

beforeAll(async () => {
  rig = await startServerRig({ port: await freePort() });
  rpc = inMemoryRpc(rig.api.broker, { host: 'scheduler' });
  await addComputeHost(rig.api, 'h1');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(async () => {
  await rpc.close();
  await rig.close();
});

const total = 2500;

/** A scheduler that knows `total` nodes, of which one fits; it remembers what it was asked. */
async function startScheduler(): Promise<Asked[]> {
  const asked: Asked[] = [];
  server = await serve(rpc, scheduler, {
    runInstance: () => Promise.resolve(),
    selectDestinations: () => Promise.resolve([]),
    explain: (args) => {
      asked.push(args);
      return Promise.resolve(answerTo(args));
    },
  });
  return asked;
}

function answerTo({ offset, limit }: Asked): Explanation {
  const count = Math.max(0, Math.min(limit, total - offset));
  return {
    nodes: total,
    fit: 1,
    text: '1 of 2500 nodes fits.',
    refusals: [],
    judgements: Array.from({ length: count }, (_, index) => judgement(offset + index)),
    next: limit > 0 && offset + count < total ? offset + count : null,
  };
}

const judgement = (index: number): Explanation['judgements'][number] => ({
  uuid: `node-${String(index)}`,
  name: null,
  fits: index === 0,
  filter: index === 0 ? null : 'RamFilter',
  reason: index === 0 ? null : 'too little memory',
  detail: null,
  rank: index === 0 ? 1 : null,
  weight: index === 0 ? 0.25 : null,
  weights: index === 0 ? { ram: 0.25 } : null,
});

const explain = (wish: object, token = rig.api.admin): Promise<Answer> =>
  request(`${rig.api.url}/metalcast/v1/explain`, 'POST', { token, body: { explain: wish } });

test('a scheduler is asked with what the names stand for, and its answer handed on', async () => {
  const asked = await startScheduler();
  const node = await rig.enrol({ name: 'n1', availability_zone: 'az1' });
  const other = await rig.server();
  const hints = { different_rack: other };
  const zone = 'az1:h1:n1';
  const answer = await explain({ flavor: 'small', image: 'disk', availability_zone: zone, hints });
  expect(answer.status).toBe(200);
  const { explanation } = answer.body as unknown as { explanation: Explanation };
  expect(explanation).toMatchObject({ nodes: total, fit: 1, next: 100 });
  expect(explanation.judgements).toHaveLength(100);
  expect(asked).toMatchObject([
    {
      ...{ offset: 0, limit: 100 },
      question: {
        flavor: { flavorid: 'small', memory_mb: 512, extra_specs: {} },
        image: { id: rig.image, name: 'disk' },
        project_id: expect.any(String) as string,
        ...{ availability_zone: 'az1', forced_host: 'h1', forced_node: node },
        ...{ hints: { different_rack: [other] }, tried: [] },
      },
    },
  ]);
  await explain({ flavor: 'small', project_id: 'p7', offset: 2400, limit: 7 });
  expect(asked[1]).toMatchObject({
    ...{ offset: 2400, limit: 7 },
    question: { image: null, project_id: 'p7', availability_zone: null, hints: {} },
  });
});

test('of a server: what it asked for, what a caller brought, and the nodes that it has tried', async () => {
  const asked = await startScheduler();
  const near = await rig.server();
  const hints = { 'os:scheduler_hints': { same_rack: [near] } };
  const uuid = await rig.server({ availability_zone: 'nova:h1' }, hints);
  const tried = randomUUID();
  const fault = { code: 'POWER_UNREACHABLE', message: 'm', details: {}, retryable: 'other-node' };
  await rig.api.database.prisma.operation.updateMany({
    where: { instanceUuid: uuid },
    data: {
      nodesTried: [{ node: tried, name: null, host: 'h1', fault }],
      filterProperties: { ignore_hosts: ['h3'] },
    },
  });
  expect((await explain({ server: uuid })).status).toBe(200);
  expect(asked[0]?.question).toMatchObject({
    flavor: { name: 'small' },
    image: { id: rig.image },
    ...{ availability_zone: 'nova', forced_host: 'h1', forced_node: null },
    ...{ hints: { same_rack: [near] }, tried: [tried] },
    ...{ server: uuid, filter_properties: { ignore_hosts: ['h3'] } },
  });
});

const nobody = randomUUID();
test.each<[string, object, string]>([
  ['flavor', { flavor: 'huge' }, 'Flavor huge could not be found.'],
  ['image by name', { flavor: 'small', image: 'none' }, 'Image none could not be found.'],
  ['image by id', { flavor: 'small', image: nobody }, `Image ${nobody} could not be found.`],
  ['server', { server: nobody }, `Server ${nobody} could not be found.`],
  ['host', { flavor: 'small', availability_zone: ':h9' }, 'Compute host h9 could not be found.'],
  ['group', { flavor: 'small', hints: { group: nobody } }, `Instance group ${nobody} could`],
  ['neither flavor nor server', {}, 'give either a flavor or a server'],
  ['flavor and server', { flavor: 'small', server: nobody }, 'give either a flavor or a server'],
  ['a page too long', { flavor: 'small', limit: 1001 }, 'explain.limit'],
  ['a hint that is none', { flavor: 'small', hints: { same_rack: 'x' } }, 'hints.same_rack'],
])('%s: 400 that says so', async (_, wish, message) => {
  const answer = await explain(wish);
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toContain(message);
});

test('members are refused; without a scheduler it is told so after its time limit', async () => {
  const token = await addMember(rig.api, 'bob');
  expect((await explain({ flavor: 'small' }, token)).status).toBe(403);
  const { status, body } = await explain({ flavor: 'small' });
  expect(status).toBe(503);
  expect(body.error).toMatchObject({ code: 'RPC_TIMEOUT' });
});

const command = (...args: string[]): Promise<Ended> =>
  metalcast(['explain', ...args], {
    OS_AUTH_URL: `${rig.api.url}/identity/v3`,
    OS_USERNAME: 'admin',
    OS_PASSWORD: adminPassword,
    OS_PROJECT_NAME: 'admin',
  });

test('the command prints the text, and every node over all pages', async () => {
  const asked = await startScheduler();
  expect(await command('--flavor', 'small')).toEqual({
    ...{ code: 0, stderr: '', stdout: '1 of 2500 nodes fits.\n' },
  });
  // One of a test before may still have waited in the queue.
  expect(asked.at(-1)).toMatchObject({ offset: 0, limit: 0 });
  const { stdout } = await command('--flavor', 'small', '--nodes');
  expect(stdout).toMatch(/^1 of 2500 nodes fits\.\n\nUUID +NAME +RANK/);
  expect(stdout.match(/^node-\d+ +RamFilter +too little memory$/gm)).toHaveLength(total - 1);
  expect(stdout).toMatch(/^node-0 +1 +0\.250$/m);
  const json = await command('--flavor', 'small', '--json', '--hint', 'mine=1');
  expect(JSON.parse(json.stdout)).toMatchObject({ nodes: total, judgements: [] });
  expect(asked.at(-1)?.question.hints).toEqual({ mine: '1' });
  expect(await command()).toMatchObject({ code: 2, stdout: '' });
  const unknown = await command('--flavor', 'huge');
  expect(unknown).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Flavor huge') as string,
  });
});
