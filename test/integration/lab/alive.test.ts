// Noise at the simulator's BMCs, directly and through the lab's relay: both live on and serve.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { forward, removeAll, makeNamespace, type Ledger } from '@metalcast/lab';
import { ownLedger, startFakeBmcs, type FakeBmcServer } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attackHttp, hostile, seedOf } from '../hostile/survivor.js';

const requests = [
  { method: 'POST', path: '/bmc/node1/power', body: { target: 'on' } },
  { method: 'POST', path: '/bmc/node1/bootdev', body: { device: 'disk' } },
  { method: 'PUT', path: '/bmc/node1/behaviour', body: { refuse: ['status'], delayMs: 1 } },
  { method: 'GET', path: '/bmc/node1/power' },
  { method: 'GET', path: '/bmc/constructor/power' },
];
const inside = 8700;

let bmcs: FakeBmcServer;
let ledger: Ledger;
const unhandled: unknown[] = [];
const note = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeAll(async () => {
  process.on('unhandledRejection', note);
  ledger = ownLedger();
  bmcs = await startFakeBmcs();
  bmcs.add('node1');
});

afterAll(async () => {
  process.off('unhandledRejection', note);
  await removeAll(ledger);
  await bmcs.close();
});

async function answers(url: string): Promise<void> {
  bmcs.get('node1')?.behave({});
  expect(await (await fetch(`${url}/node1/power`)).json()).toHaveProperty('power');
}

test('noise', { timeout: 240_000 }, async () => {
  const seed = seedOf('noise at a BMC');
  const port = Number(new URL(bmcs.url).port);
  await attackHttp({ address: '127.0.0.1', port, seed, rounds: 180, requests });
  await answers(bmcs.url);
  const namespace = `mc-alive-${String(process.pid)}`;
  await makeNamespace(ledger, namespace);
  mkdirSync(ledger.folder, { recursive: true });
  await forward({
    ledger,
    namespace,
    folder: join(ledger.folder, 'relay'),
    logFolder: ledger.folder,
    toHost: {},
    toNamespace: { bmcs: { host: '127.0.0.1', port, inside } },
  });
  const attack = { address: '127.0.0.1', port: inside, seed, rounds: 120, requests };
  const seen = await attackHttp(attack, namespace);
  expect(Object.keys(seen.statuses).length).toBeGreaterThan(1);
  // The relay still relays.
  bmcs.get('node1')?.behave({});
  const again = { ...attack, rounds: 12, requests: requests.slice(3) };
  const after = (await hostile('raw-http.mjs', [JSON.stringify(again)], namespace)) as typeof seen;
  expect(Object.keys(after.statuses)).not.toEqual([]);
  expect(unhandled).toEqual([]);
});
