import { readFileSync } from 'node:fs';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, startApiProcess, type ApiProcess } from './api-process.js';
import { RawClient } from './raw-client.js';

let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess({ uploadSilenceSeconds: 2 });
});
afterAll(() => api.close());

const established = '01';
const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** Whether the server holds its end of the client's connection. */
function isHeld(client: RawClient): boolean {
  const ends = `0100007F:${hex(Number(new URL(api.url).port))} 0100007F:${hex(client.port)}`;
  return readFileSync('/proc/net/tcp', 'latin1').includes(`${ends} ${established}`);
}

test('an answer whose client takes nothing of it ends', async () => {
  const token = api.admin;
  const body = { name: 'x', disk_format: 'ari', container_format: 'ari' };
  const image = await request(`${api.url}/image/v2/images`, 'POST', { token, body });
  const path = `/image/v2/images/${image.body.id}/file`;
  const uploaded = await fetch(`${api.url}${path}`, {
    method: 'PUT',
    headers: { 'x-auth-token': token, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(32 * 1024 ** 2),
  });
  expect(uploaded.status).toBe(204);
  const client = new RawClient(api.url);
  try {
    client.takeOneChunk();
    client.ask('GET', path, { 'x-auth-token': token });
    expect(await client.status()).toBe(200);
    expect(isHeld(client)).toBe(true);
    await waitFor(() => !isHeld(client), { timeoutMs: 30_000, what: 'the connection to end' });
  } finally {
    client.close();
  }
});

test('a client that takes its time between requests keeps its connection', async () => {
  const client = new RawClient(api.url);
  try {
    for (let turn = 1; turn <= 3; turn += 1) {
      client.ask('GET', '/identity', {});
      await waitFor(() => client.heard.split('HTTP/1.1 300').length > turn, {
        timeoutMs: 30_000,
        what: 'an answer',
      });
    }
    expect(client.ended).toBe(false);
  } finally {
    client.close();
  }
});
