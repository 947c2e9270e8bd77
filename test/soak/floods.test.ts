// The long form of the floods that strangers, and one careless user, can send: a user asks all the time.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { integer, loadConfig, option } from '@metalcast/config';
import { newSecretsKey } from '@metalcast/db';
import {
  startBroker,
  startDatabase,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { floodNames, startFlood } from '../bench/floods/flood.mjs';
import { adminPassword, logIn, request, servicePassword } from '../integration/api/api-process.js';
import { unhandledOf } from '../integration/hostile/health-page.js';
import { survivor } from '../integration/hostile/survivor.js';

const { floodSeconds } = loadConfig(
  { floodSeconds: option(integer().default(60).describe('How long each flood lasts, seconds')) },
  { env: process.env },
);
const loginWithinMs = 60_000;
const settleMs = 120_000;
/** What a process may keep that has seen a flood: caches that are full now, a heap that has grown. */
const keptMb = 150;

const main = fileURLToPath(new URL('../../services/api/dist/main.js', import.meta.url));
let folder: string;
let database: TestDatabase;
let broker: TestBroker;
let child: ChildProcess;
let log = '';
let url: string;
let token: string;
let image: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metalcast-floods-'));
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
  const line = log.split('\n').find((text) => text.includes('"msg":"listening"')) ?? '{}';
  ({ url = '' } = JSON.parse(line) as { url?: string });
  token = await logIn(url, 'admin', adminPassword);
  const body = { name: 'x', disk_format: 'raw', container_format: 'bare' };
  image = (await request(`${url}/image/v2/images`, 'POST', { token, body })).body.id;
});

afterAll(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await Promise.all([database.close(), broker.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const status = (): string => readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
const residentMb = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(status())?.[1]) / 1024;

/** What the user's requests were answered in that time, an error by its text. */
async function useTheApi(ms: number): Promise<(number | string)[]> {
  const seen = new Set<number | string>();
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const answer = request(`${url}/compute/v2.1/flavors`, 'GET', { token });
    seen.add(await answer.then((it) => it.status, String));
    await pause(50);
  }
  return [...seen];
}

/** As a patient client does it. */
async function patientLogin(): Promise<void> {
  await waitFor(async () => (await logIn(url, 'admin', adminPassword)) !== '', {
    timeoutMs: loginWithinMs,
    everyMs: 1000,
    what: 'a right log-in',
  });
}

test.each(floodNames)('%s, for long', async (name) => {
  const watched = survivor(child.pid ?? 0, () => unhandledOf(log));
  const before = residentMb();
  const flood = await startFlood({ name, url, token, image });
  try {
    expect(await useTheApi(floodSeconds * 1000)).toEqual([200]);
    await patientLogin();
  } finally {
    await flood.stop();
  }
  await watched.unharmed();
  await waitFor(() => residentMb() < before + keptMb, {
    timeoutMs: settleMs,
    everyMs: 1000,
    what: 'the memory to return',
  });
});
