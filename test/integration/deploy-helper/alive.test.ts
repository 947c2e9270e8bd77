// Noise at every port and on the queue of a deploy-helper's real process: it lives on and serves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthUrl, unhandledOf } from '../hostile/health-page.js';
import { sendNoise, waysTo } from '../hostile/noise-messages.js';
import { attackHttp, seedOf, survivor, type HostileRequest } from '../hostile/survivor.js';
import { World, type Helper } from './world.js';

const uuid = '6f0c5f4e-0000-4000-8000-000000000001';
const who = { node: uuid, epoch: 3 };
const hello = {
  ...who,
  boot_try: 1,
  token: '0'.repeat(64),
  nonce: '0'.repeat(32),
  macs: ['52:54:00:77:00:01'],
  disks: [{ name: 'vda', size: 1024, serial: 's' }],
  cpus: 1,
  memory_mb: 512,
  firmware: 'bios',
};
const requests: readonly HostileRequest[] = [
  { method: 'POST', path: '/v1/agent/hello', body: hello },
  { method: 'POST', path: '/v1/agent/ready', body: { ...who, attempt: 1, iqn: 'iqn.x' } },
  { method: 'POST', path: '/v1/agent/report', body: { ...who, attempt: 1, failed: 'x' } },
  { method: 'GET', path: `/v1/agent/next?node=${uuid}&epoch=3&state=idle&attempt=0` },
  { method: 'GET', path: `/v1/agent/next?node=${uuid}&epoch=${'9'.repeat(11)}` },
];

let world: World;
let helper: Helper;

beforeAll(async () => {
  world = await World.make();
  helper = await world.helper('h1');
});

afterAll(async () => {
  await world.close();
});

test('noise', { timeout: 240_000 }, async () => {
  const seed = seedOf('noise at a deploy helper');
  const watched = survivor(helper.pid, () => unhandledOf(helper.log()));
  const at = (url: string) => ({ address: '127.0.0.1', port: Number(new URL(url).port), seed });
  const seen = await attackHttp({ ...at(helper.url), rounds: 240, requests });
  expect(Object.keys(seen.statuses)).toEqual(expect.arrayContaining(['400', '404']));
  expect(seen.statuses['500']).toBeUndefined();
  const pages = [{ method: 'GET', path: '/readyz' }];
  await attackHttp({ ...at(healthUrl(helper.log())), rounds: 60, requests: pages });
  await sendNoise(world.brokerUrl, waysTo('deploy_helper', helper.name), { seed, count: 200 });
  await watched.unharmed();
  const answer = await fetch(`${helper.url}/v1/agent/hello`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(hello),
  });
  expect(await answer.json()).toMatchObject({ code: 'AGENT_REJECTED' });
});

test.each(['2147483648', '99999999999', '1e300', '-1', '9'.repeat(400)])(
  'an epoch of %s is a bad request',
  async (epoch) => {
    const next = await fetch(`${helper.url}/v1/agent/next?node=${uuid}&epoch=${epoch}`);
    expect([next.status, await next.json()]).toEqual([
      400,
      { code: 'BAD_REQUEST', message: expect.stringContaining('epoch') as string },
    ]);
    const post = (call: string, body: object): Promise<Response> =>
      fetch(`${helper.url}/v1/agent/${call}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const report = { ...who, epoch, attempt: 1, step: 'target' };
    expect((await post('report', report)).status).toBe(400);
    expect((await post('hello', { ...hello, epoch })).status).toBe(400);
  },
);
