// The long form of the floods that strangers, and one careless user, can send: a user asks all the time.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, loadConfig, option } from '@metalcast/config';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { floodNames, startFlood } from '../bench/floods/flood.mjs';
import { adminPassword, logIn, request } from '../integration/api/api-process.js';
import { unhandledOf } from '../integration/hostile/health-page.js';
import { startRealApi, type RealApi } from '../integration/hostile/real-api.js';
import { survivor } from '../integration/hostile/survivor.js';

const { floodSeconds } = loadConfig(
  { floodSeconds: option(integer().default(60).describe('How long each flood lasts, seconds')) },
  { env: process.env },
);
const loginWithinMs = 60_000;
const settleMs = 120_000;
/** What a process may keep that has seen a flood: caches that are full now, a heap that has grown. */
const keptMb = 150;

let api: RealApi;
let url: string;
let token: string;
let image: string;

beforeAll(async () => {
  api = await startRealApi();
  ({ url } = api);
  token = await logIn(url, 'admin', adminPassword);
  const body = { name: 'x', disk_format: 'ari', container_format: 'ari' };
  image = (await request(`${url}/image/v2/images`, 'POST', { token, body })).body.id;
});
afterAll(() => api.close());

const status = (): string => readFileSync(`/proc/${api.pid}/status`, 'utf8');
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
  const watched = survivor(api.pid, () => unhandledOf(api.log()));
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
