import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findMarked,
  forward,
  isRunning,
  killRecorded,
  Ledger,
  makeNamespace,
  namespaceExists,
  removeAll,
  startBroker,
  startDatabase,
  startService,
  stopService,
  type Forwarding,
} from '@metalcast/rig';
import { ownLedger } from '@metalcast/testing';
import { connect } from 'amqplib';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ledger = ownLedger();
const { folder } = ledger;
const namespace = `metalcast-test-${process.pid}`;
const logFolder = join(folder, 'log');
const taken = createServer();
let forwarding: Forwarding;

const forwards = {
  amqp: { inside: 5672, wanted: 5672 },
  database: { inside: 5432, wanted: 5432 },
  web: { inside: 8080, wanted: 0 },
};
const openForwarding = (): Promise<Forwarding> => {
  const wanted = (taken.address() as { port: number }).port;
  const toHost = { ...forwards, web: { inside: 8080, wanted } };
  return forward({ ledger, namespace, folder: join(folder, 'sockets'), logFolder, toHost });
};

beforeAll(async () => {
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  await makeNamespace(ledger, namespace);
  forwarding = await openForwarding();
});

afterAll(async () => {
  await removeAll(ledger);
  taken.close();
});

const hostUrl = (url: string, port: number | undefined): string => {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
};

test('broker and database run in the namespace and are reachable from the host', async () => {
  const [broker, database] = await Promise.all([
    startBroker({
      folder: join(folder, 'broker'),
      ledger,
      logFile: join(logFolder, 'broker.log'),
      inside: { namespace, socket: forwarding.socket('amqp') },
    }),
    startDatabase({
      folder: join(folder, 'database'),
      ledger,
      logFile: join(logFolder, 'database.log'),
      inside: { namespace, socket: forwarding.socket('database') },
      durable: false,
    }),
  ]);
  expect(broker.url).toMatch(/@127\.0\.0\.1:5672$/);
  const connection = await connect(hostUrl(broker.url, forwarding.ports['amqp']));
  await connection.close();
  const client = new Client({
    connectionString: hostUrl(database.url, forwarding.ports['database']),
  });
  await client.connect();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

test('a service runs in the namespace, without privileges, on another host port when its own is taken', async () => {
  const program = join(folder, 'web.mjs');
  writeFileSync(program, webProgram);
  const health = `http://127.0.0.1:${forwarding.ports['web']}`;
  const spec = { name: 'web', command: process.execPath, args: [program], env: {}, health };
  const place = { ledger, namespace, logFolder };
  const { pid } = await startService(place, spec);
  expect(forwarding.ports['web']).not.toBe((taken.address() as { port: number }).port);
  const big = 'x'.repeat(3_000_000);
  const echoed = await fetch(`${health}/echo`, { method: 'POST', body: big });
  expect(await echoed.text()).toBe(big);
  expect(await (await fetch(`${health}/capabilities`)).text()).toMatch(/CapEff:\t0+\n/);
  const again = await startService(place, spec);
  expect(again.pid).toBe(pid);
  await stopService(place, 'web');
  expect(ledger.process('service-web')?.identity).toSatisfy((it) => !isRunning(it as never));
});

test('running relays stay, and a killed relay gets its ports back', async () => {
  const relays = (): unknown => ['relay-inside', 'relay-outside'].map((it) => ledger.process(it));
  const before = relays();
  expect((await openForwarding()).ports).toEqual(forwarding.ports);
  expect(relays()).toEqual(before);
  await killRecorded(ledger, 'relay-outside');
  expect((await openForwarding()).ports).toEqual(forwarding.ports);
  expect(relays()).not.toEqual(before);
});

test('removing all leaves nothing', async () => {
  await removeAll(ledger);
  expect(findMarked(`${ledger.mark}:`)).toEqual([]);
  expect(namespaceExists(namespace)).toBe(false);
  expect(Ledger.find(folder)).toBeUndefined();
});

const webProgram = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
createServer((request, response) => {
  if (request.url === '/echo') {
    request.pipe(response);
  } else {
    response.end(request.url === '/capabilities' ? readFileSync('/proc/self/status') : 'ok');
  }
}).listen(8080, '127.0.0.1');
`;
