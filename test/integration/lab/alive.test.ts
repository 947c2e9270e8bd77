// Noise at the simulator's BMCs, directly and through the lab's relay: both keep running and serving.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNetwork, simulatedNetwork, simulatorSpec } from '@metalcast/lab';
import {
  forward,
  makeNamespace,
  removeAll,
  serviceStatus,
  startService,
  type Ledger,
} from '@metalcast/rig';
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
const controlRequests = [
  { method: 'GET', path: '/nodes' },
  { method: 'GET', path: '/nodes/node1' },
  { method: 'GET', path: '/nodes/__proto__' },
  { method: 'PUT', path: '/nodes/node1/faults', body: { firmwareMs: 5, hangsAt: 'dhcp' } },
  { method: 'PUT', path: '/nodes/node1/bmc', body: { refuse: ['on'], delayMs: 1, answer: 'x' } },
  { method: 'PUT', path: '/nodes/node2/power', body: { power: 'off' } },
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
  // The relay still works.
  bmcs.get('node1')?.behave({});
  const again = { ...attack, rounds: 12, requests: requests.slice(3) };
  const after = (await hostile('raw-http.mjs', [JSON.stringify(again)], namespace)) as typeof seen;
  expect(Object.keys(after.statuses)).not.toEqual([]);
  expect(unhandled).toEqual([]);
});

test('noise at the process of the simulator', { timeout: 240_000 }, async () => {
  const seed = seedOf('noise at the simulator');
  const own = ownLedger();
  const namespace = `mc-sim-${String(process.pid)}`;
  const [bmcPort, controlPort] = [8700, 8701];
  try {
    await makeNamespace(own, namespace);
    await makeNetwork(namespace, simulatedNetwork(2));
    const logFolder = join(own.folder, 'log');
    const folder = join(own.folder, 'machines');
    const passwordFile = join(own.folder, 'password');
    mkdirSync(logFolder, { recursive: true });
    writeFileSync(passwordFile, randomBytes(12).toString('hex'), { mode: 0o600 });
    const forwarding = await forward({
      ledger: own,
      namespace,
      folder: join(own.folder, 'relay'),
      logFolder,
      toHost: { control: { inside: controlPort, wanted: controlPort } },
      toNamespace: {},
    });
    const control = `http://127.0.0.1:${String(forwarding.ports['control'])}`;
    const place = { folder, passwordFile, nodes: 2, bmcPort, controlPort, control };
    const status = { ledger: own, namespace, logFolder };
    const { pid } = await startService(status, simulatorSpec(place));
    const at = { address: '127.0.0.1', seed };
    const seen = await attackHttp(
      { ...at, port: controlPort, rounds: 240, requests: controlRequests },
      namespace,
    );
    expect(Object.keys(seen.statuses)).toEqual(expect.arrayContaining(['204', '400', '404']));
    expect(seen.statuses['500']).toBeUndefined();
    const bmc = await attackHttp({ ...at, port: bmcPort, rounds: 120, requests }, namespace);
    expect(bmc.statuses['500']).toBeUndefined();
    await hostile('dhcp-noise.mjs', ['68', String(seed), '200'], namespace);
    const wrong = await fetch(`${control}/nodes/node1/bmc`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ delayMs: 'x' }),
    });
    expect(wrong.status).toBe(400);
    const { nodes } = (await (await fetch(`${control}/nodes`)).json()) as { nodes: unknown[] };
    expect(nodes).toHaveLength(2);
    expect((await serviceStatus(status, simulatorSpec(place))).pid).toBe(pid);
    expect(readFileSync(join(logFolder, 'simulator.log'), 'utf8')).not.toContain('broken:');
  } finally {
    await removeAll(own);
  }
});
