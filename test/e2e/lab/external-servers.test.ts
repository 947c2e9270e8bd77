import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findMarked, Ledger, namespaceExists } from '@metalcast/rig';
import {
  startBroker,
  startDatabase,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labCommand, labFolders, type LabFolders } from './lab-command.js';

let folders: LabFolders;
let broker: TestBroker;
let database: TestDatabase;
let urls: Record<'AMQP_URL' | 'DATABASE_URL', string>;
beforeAll(async () => {
  folders = labFolders();
  [broker, database] = await Promise.all([startBroker(), startDatabase({ migrated: false })]);
  urls = { AMQP_URL: broker.url, DATABASE_URL: database.url };
});
afterAll(async () => {
  await labCommand(folders, 'down').ended;
  rmSync(folders.parent, { recursive: true, force: true });
  await Promise.all([broker.close(), database.close()]);
});

/** The output of the command, which must end with `code`. */
async function lab(command: string, env: Record<string, string> = {}, code = 0): Promise<string> {
  const { ended, output } = labCommand(folders, command, env);
  expect(await ended, output()).toBe(code);
  return output();
}

const changed = (url: string, change: Partial<URL>): string =>
  Object.assign(new URL(url), change).href;

const passwords = (): string[] => Object.values(urls).map((url) => new URL(url).password);

test.each([
  ['AMQP_URL', { password: 'wrong-one' }, 'ACCESS_REFUSED'],
  ['AMQP_URL', { pathname: '/no-such' }, 'vhost no-such not found'],
  ['AMQP_URL', { port: '1' }, 'ECONNREFUSED'],
  ['DATABASE_URL', { password: 'wrong-one' }, 'it refused the password'],
  ['DATABASE_URL', { port: '1' }, 'no server listens at this address'],
] as const)('%s with %o is told at once, and nothing is made', async (name, change, said) => {
  const env = { ...urls, [name]: changed(urls[name], change) };
  const output = await lab('up', env, 1);
  expect(output).toContain(name);
  expect(output).toContain(said);
  expect(output).not.toContain('wrong-one');
  expect([folders.folder, folders.data].filter((path) => existsSync(path))).toEqual([]);
});

/** The broker's management API learns of consumers only every few seconds. */
async function schedulerConsumes(): Promise<boolean> {
  const queue = await broker.management.request('GET', `/queues/${broker.vhost}/scheduler`);
  const { consumer_details: consumers } = queue as {
    consumer_details: { ack_required: boolean }[];
  };
  return consumers.length === 1 && consumers[0]!.ack_required;
}

test("the lab works on external servers, writes their passwords only to its services' files, and keeps the servers", async () => {
  await lab('up', urls);
  const papers = JSON.parse(readFileSync(join(folders.folder, 'lab.json'), 'utf8')) as unknown;
  expect(papers).toMatchObject({ amqp: urls.AMQP_URL, database: urls.DATABASE_URL });
  const ledger = Ledger.find(folders.data)!;
  const labels = ledger.processes().map(({ label }) => label);
  expect(labels).toContain('service-api');
  expect(labels.filter((label) => ['broker', 'database'].includes(label))).toEqual([]);
  await waitFor(schedulerConsumes, { timeoutMs: 30_000, what: 'a consumer of queue scheduler' });
  const started = findMarked(`${ledger.mark}:`);
  expect(started.length).toBeGreaterThanOrEqual(labels.length);
  const logs = join(folders.folder, 'log');
  const seen = [
    ...started.flatMap(({ pid }) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]),
    ...readdirSync(logs).map((name) => join(logs, name)),
  ];
  for (const file of seen) {
    const text = readFileSync(file, 'utf8');
    expect(
      passwords().filter((password) => text.includes(password)),
      file,
    ).toEqual([]);
  }
  const before = ledger.processes();
  await lab('up');
  expect(ledger.processes()).toEqual(before);
  expect(await lab('status')).toContain('The lab is up');
  const elsewhere = { DATABASE_URL: changed(urls.DATABASE_URL, { pathname: '/other' }) };
  expect(await lab('up', elsewhere, 1)).toContain('npm run lab -- down');
});

test('down leaves its tables there, and another lab refuses them', async () => {
  const ledger = Ledger.find(folders.data)!;
  await lab('down');
  expect(findMarked(`${ledger.mark}:`)).toEqual([]);
  expect(ledger.namespaces().filter((name) => namespaceExists(name))).toEqual([]);
  expect([folders.folder, folders.data].filter((path) => existsSync(path))).toEqual([]);
  const client = new Client({ connectionString: urls.DATABASE_URL });
  await client.connect();
  expect((await client.query('SELECT name FROM nodes')).rows).toEqual([{ name: 'node1' }]);
  await client.end();
  expect(await lab('up', { ...urls, AMQP_URL: '' }, 1)).toContain('give an empty database');
});
