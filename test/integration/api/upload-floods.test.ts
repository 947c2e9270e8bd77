import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startFlood } from '../../bench/floods/flood.mjs';
import { request, startApiProcess, type ApiProcess } from './api-process.js';
import { RawClient } from './raw-client.js';

const timeoutMs = 45_000;

let api: ApiProcess;
const clients: RawClient[] = [];

beforeAll(async () => {
  api = await startApiProcess({ uploadSilenceSeconds: 2 });
});
afterAll(() => api.close());
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

const bytes = { 'content-type': 'application/octet-stream' };
const incoming = (): string[] => {
  try {
    return readdirSync(join(api.imageDirectory, 'incoming'));
  } catch {
    return [];
  }
};

async function newImage({ url, admin } = api): Promise<string> {
  const body = { name: 'x', disk_format: 'ari', container_format: 'ari' };
  const answer = await request(`${url}/image/v2/images`, 'POST', { token: admin, body });
  return answer.body.id;
}

async function stateOf(id: string): Promise<string> {
  return (await request(`${api.url}/image/v2/images/${id}`, 'GET', { token: api.admin })).body
    .status;
}

function upload(id: string, headers: Record<string, string | number>): RawClient {
  const client = new RawClient(api.url);
  clients.push(client);
  client.ask('PUT', `/image/v2/images/${id}/file`, { ...bytes, ...headers });
  return client;
}

const user = (): Record<string, string> => ({ 'x-auth-token': api.admin });

test('aborted uploads leave nothing', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => newImage()));
  const uploads = ids.map((id) => upload(id, { ...user(), 'content-length': 1_000_000 }));
  await waitFor(() => incoming().length === 8, { timeoutMs, what: 'the uploads to begin' });
  for (const client of uploads) {
    client.say('x'.repeat(1000));
    client.close();
  }
  for (const id of ids) {
    await waitFor(async () => (await stateOf(id)) === 'queued', { timeoutMs, what: 'the state' });
  }
  await waitFor(() => incoming().length === 0, { timeoutMs, what: 'the files to go' });
});

test('uploads that stall or trickle are told so, and leave nothing', async () => {
  const stalled = await newImage();
  const slow = await newImage();
  const silent = upload(stalled, { ...user(), 'content-length': 1_000_000 });
  silent.say('x');
  const trickling = upload(slow, { ...user(), 'content-length': 1_000_000 });
  const drip = setInterval(() => trickling.say('x'), 50);
  try {
    expect(await silent.status()).toBe(408);
    expect(await silent.json()).toHaveProperty('error.title', 'Request Timeout');
    expect(await trickling.status()).toBe(408);
  } finally {
    clearInterval(drip);
  }
  expect([await stateOf(stalled), await stateOf(slow)]).toEqual(['queued', 'queued']);
  expect(incoming()).toEqual([]);
});

test('token, image and its state are looked at before bytes are asked for', async () => {
  const expecting = { 'content-length': 1_000_000, expect: '100-continue' };
  const id = await newImage();
  const nothing = 'b3b5f3f0-0000-4000-8000-000000000001';
  expect(await upload(id, expecting).status()).toBe(401);
  expect(await upload(nothing, { ...expecting, ...user() }).status()).toBe(404);
  const first = upload(id, { ...expecting, ...user() });
  expect(await first.status()).toBe(100);
  expect(await upload(id, { ...expecting, ...user() }).status()).toBe(409);
});

test('an upload in chunks of 16 KiB, and one in chunks of a packet, is taken', async () => {
  for (const [size, count] of [
    [0x4000, 600],
    [0x400, 4000],
  ] as const) {
    const id = await newImage();
    const client = upload(id, { ...user(), 'transfer-encoding': 'chunked' });
    const piece = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
    await client.pour(piece, size * count);
    client.say('0\r\n\r\n');
    expect(await client.status()).toBe(204);
    expect(await stateOf(id)).toBe('active');
  }
});

test('uploads begun and aborted without pause: every request of the user is answered', async () => {
  const small = await startApiProcess({ maxConnections: 100 });
  const { url, admin: token } = small;
  const name = 'uploads begun and aborted';
  const flood = await startFlood({ name, url, token, image: await newImage(small) });
  try {
    const statuses = new Set<number | string>();
    const ask = async (): Promise<void> => {
      const answer = await request(`${url}/compute/v2.1/flavors`, 'GET', { token }).catch(String);
      statuses.add(typeof answer === 'string' ? answer : answer.status);
    };
    for (let aborted = 0; aborted < 800; aborted = (await flood.answers())['cut off'] ?? 0) {
      await ask();
    }
    expect([...statuses]).toEqual([200]);
  } finally {
    await flood.stop();
    await small.close();
  }
});
