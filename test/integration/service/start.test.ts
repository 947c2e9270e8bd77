import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startBroker, startDatabase, TestKeys, waitFor } from '@metalcast/testing';
import { afterEach, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../services/scheduler/dist/main.js', import.meta.url));
const nowhere = 'postgresql://user:canary@127.0.0.1:1/none';

let child: ChildProcess | undefined;
afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** The built scheduler, without a broker; its log. */
function start(env: Record<string, string>): { ended: Promise<unknown[]>; log: string[] } {
  const started = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      AMQP_URL: 'amqp://guest:guest@127.0.0.1:1',
      ...new TestKeys().environment('scheduler'),
      ...env,
    },
  });
  child = started;
  const log: string[] = [];
  for (const stream of [started.stdout, started.stderr]) {
    createInterface(stream).on('line', (line) => log.push(line));
  }
  return { ended: once(started, 'close'), log };
}
const said = (log: readonly string[], text: string): Promise<unknown> =>
  waitFor(() => log.join('\n').includes(text) || undefined, { timeoutMs: 20_000, what: text });

test.each(['postgresql://user:canary@host:99999/name', '[canary'])(
  'a database URL that is none is told at once, without being shown (%#)',
  async (url) => {
    const { ended, log } = start({ DATABASE_URL: url });
    expect(await ended).toEqual([1, null]);
    expect(log.join()).toContain('the database URL is not of the form postgresql://');
    expect(log.join()).not.toContain('canary');
  },
);

test('a key that is none is told at once, whether the database is there or not', async () => {
  const { ended, log } = start({
    DATABASE_URL: nowhere,
    METALCAST_INSTANCE_PUBLIC_KEY_FILE: '/dev/null',
  });
  expect(await ended).toEqual([2, null]);
  expect(log.join()).toContain('METALCAST_INSTANCE_PUBLIC_KEY_FILE: /dev/null must be a JWK set');
});

test('why the database does not answer is told once', async () => {
  const database = await startDatabase();
  const url = new URL(database.url);
  url.pathname = '/missing';
  const { log } = start({ DATABASE_URL: url.href });
  await said(log, 'database \\"missing\\" does not exist');
  expect(log.join()).toContain('3D000');
  await database.close();
});

test('that nothing listens for it is told, without the password', async () => {
  const { log } = start({ DATABASE_URL: nowhere });
  await said(log, 'connect ECONNREFUSED 127.0.0.1:1');
  expect(log.join()).not.toContain('canary');
});

test('that it logs in as the owner of all tables is told; with a role of its own there is nothing to tell', async () => {
  const database = await startDatabase();
  const owner = start({ DATABASE_URL: database.url });
  await said(owner.log, 'this service logs in as the owner of all tables');
  child?.kill('SIGKILL');
  await owner.ended;
  const broker = await startBroker();
  const service = start({ DATABASE_URL: database.urlOf('scheduler'), AMQP_URL: broker.url });
  await said(service.log, '"msg":"started"');
  expect(service.log.join()).not.toContain('owner of all tables');
  await broker.close();
  await database.close();
});
