// What nobody catches in a service's real process: told, counted, survived where the state is sound.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  startBroker,
  startDatabase,
  TestKeys,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../services/scheduler/dist/main.js', import.meta.url));
const failing = new URL('failing.mjs', import.meta.url).href;
const patient = { timeoutMs: 30_000 };

let database: TestDatabase;
let broker: TestBroker;
let child: ChildProcess;
let log: string[];
let ended: Promise<unknown[]>;

beforeAll(async () => {
  database = await startDatabase();
  broker = await startBroker();
});

afterAll(async () => {
  await broker.close();
  await database.close();
});

beforeEach(async () => {
  log = [];
  child = spawn(process.execPath, ['--import', failing, main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      AMQP_URL: broker.url,
      ...new TestKeys().environment('scheduler'),
    },
  });
  ended = once(child, 'close');
  createInterface(child.stdout!).on('line', (line) => log.push(line));
  await ready();
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
});

interface Told {
  readonly status: string;
  readonly unhandled: { readonly rejections: number; readonly exceptions: number };
}

async function health(page: 'healthz' | 'readyz'): Promise<Told | undefined> {
  const { url } = (lineOf('health') ?? {}) as { url?: string };
  const response = url === undefined ? undefined : await fetch(`${url}/${page}`);
  return response?.json() as Promise<Told> | undefined;
}

function lineOf(message: string): object | undefined {
  const lines = log.map((line) => JSON.parse(line) as { msg: string });
  return lines.find(({ msg }) => msg === message);
}

const ready = (): Promise<unknown> =>
  waitFor(async () => (await health('readyz'))?.status === 'ok', {
    ...patient,
    what: 'the scheduler to be ready',
  });

/** Its log and its answers come by two ways. */
const told = (message: string): Promise<unknown> =>
  waitFor(() => lineOf(message) !== undefined, { ...patient, what: `the line "${message}"` });

const counted = (what: 'rejections' | 'exceptions', count: number): Promise<unknown> =>
  waitFor(async () => (await health('healthz'))?.unhandled[what] === count, {
    ...patient,
    what: `${what}: ${count}`,
  });

test('a rejection that nobody handles is told and counted, and the service goes on', async () => {
  child.kill('SIGUSR2');
  await counted('rejections', 1);
  await told('unhandled rejection');
  await ready();
  expect(await health('healthz')).toMatchObject({ unhandled: { exceptions: 0 } });
  expect(lineOf('unhandled rejection')).toMatchObject({
    level: 'error',
    service: 'scheduler',
    stack: expect.stringContaining('failing.mjs') as string,
  });
  expect(log.join()).not.toContain('canary');
});

test('an exception of a socket whose other end has gone is survived too', async () => {
  child.kill('SIGWINCH');
  await counted('exceptions', 1);
  await ready();
});

test('any other exception ends the service in order, with an exit code for its supervisor', async () => {
  child.kill('SIGHUP');
  expect(await ended).toEqual([70, null]);
  expect(lineOf('uncaught exception')).toMatchObject({
    stack: expect.stringContaining('TypeError: injected') as string,
  });
  expect(lineOf('stopped')).toBeDefined();
  expect(log.join()).not.toContain('canary');
});

test('a storm of rejections ends it in order', async () => {
  // Signals that come together are one.
  await waitFor(() => !child.kill('SIGUSR2') || child.exitCode !== null, {
    ...patient,
    what: 'the end of the scheduler',
    everyMs: 10,
  });
  expect(await ended).toEqual([70, null]);
  expect(lineOf('stopping because the state may be unsound')).toMatchObject({
    why: '30 unhandled errors within a minute',
  });
});
