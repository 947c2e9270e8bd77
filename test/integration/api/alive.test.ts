// Noise at the ports of an api's real process: it lives on and serves.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newSecretsKey } from '@metalcast/db';
import {
  startBroker,
  startDatabase,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthUrl, unhandledOf } from '../hostile/health-page.js';
import { attackHttp, seedOf, survivor } from '../hostile/survivor.js';
import { adminPassword, logIn, request, servicePassword } from './api-process.js';

const main = fileURLToPath(new URL('../../../services/api/dist/main.js', import.meta.url));
const uuid = '6f0c5f4e-0000-4000-8000-000000000001';
const server = { name: 's', imageRef: uuid, flavorRef: '1', networks: 'auto', min_count: 1 };
const requests = [
  { method: 'POST', path: '/identity/v3/auth/tokens', body: { auth: { identity: {} } } },
  { method: 'POST', path: '/compute/v2.1/servers', body: { server } },
  { method: 'GET', path: '/compute/v2.1/servers/detail?limit=1&marker=x' },
  { method: 'PUT', path: `/image/v2/images/${uuid}/file`, type: 'application/octet-stream' },
  { method: 'GET', path: '/network/v2.0/networks' },
  { method: 'POST', path: '/metalcast/v1/nodes', body: { name: 'n', interfaces: [] } },
];

let folder: string;
let database: TestDatabase;
let broker: TestBroker;
let child: ChildProcess;
let log = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metalcast-api-alive-'));
  [database, broker] = await Promise.all([startDatabase(), startBroker()]);
  child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      AMQP_URL: broker.url,
      METALCAST_SECRETS_KEY: newSecretsKey(),
      METALCAST_LISTEN_PORT: '0',
      METALCAST_IMAGE_DIRECTORY: folder,
      METALCAST_ADMIN_PASSWORD: adminPassword,
      METALCAST_SERVICE_PASSWORD: servicePassword,
    },
  });
  child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await waitFor(() => log.includes('"msg":"started"'), {
    timeoutMs: 60_000,
    what: 'the api to start',
  });
});

afterAll(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await Promise.all([database.close(), broker.close()]);
  rmSync(folder, { recursive: true, force: true });
});

test('noise', { timeout: 240_000 }, async () => {
  const seed = seedOf('noise at an api');
  const watched = survivor(child.pid ?? 0, () => unhandledOf(log));
  const line = log.split('\n').find((text) => text.includes('"msg":"listening"')) ?? '{}';
  const { url = '' } = JSON.parse(line) as { url?: string };
  // Not the user's address: one that sends requests without waiting for answers gets no connection for a while.
  const from = '127.0.0.2';
  const at = (base: string) => ({
    address: '127.0.0.1',
    from,
    port: Number(new URL(base).port),
    seed,
  });
  const seen = await attackHttp({ ...at(url), rounds: 240, requests });
  expect(Object.keys(seen.statuses)).toEqual(expect.arrayContaining(['400', '401']));
  expect(seen.statuses['500']).toBeUndefined();
  const pages = [{ method: 'GET', path: '/readyz' }];
  await attackHttp({ ...at(healthUrl(log)), rounds: 60, requests: pages });
  await watched.unharmed();
  const token = await logIn(url, 'admin', adminPassword);
  const { status } = await request(`${url}/network/v2.0/networks`, 'GET', { token });
  expect(status).toBe(200);
});
