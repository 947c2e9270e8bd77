import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ModelDatabase } from '@metalcast/db/models';
import { keyPath } from '@metalcast/keys';
import {
  startBroker,
  startDatabase,
  TestKeys,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminPassword, logIn, request, servicePassword } from './api-process.js';

const main = fileURLToPath(new URL('../../../services/api/dist/main.js', import.meta.url));
const timeoutMs = 30_000;

let folder: string;
let database: TestDatabase;
let broker: TestBroker;
let child: ChildProcess | undefined;
let log: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metalcast-api-process-'));
  [database, broker] = await Promise.all([startDatabase(), startBroker()]);
  log = [];
});
afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await Promise.all([database.close(), broker.close()]);
  rmSync(folder, { recursive: true, force: true });
});

function secretFile(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${content}\n`, { mode: 0o600 });
  return path;
}

/** The built service, as users start it: options from a file, secrets from files of their own. */
async function startProcess(): Promise<{ child: ChildProcess; url: string }> {
  const keys = new TestKeys();
  const config = secretFile(
    'api.yaml',
    [
      `listen_port: 0`,
      `image_directory: ${join(folder, 'images')}`,
      `admin_password_file: ${secretFile('admin', adminPassword)}`,
      `service_password_file: ${secretFile('service', servicePassword)}`,
      `bmc_public_key_file: ${keyPath(keys.folder, 'bmcPublic')}`,
      `instance_public_key_file: ${keyPath(keys.folder, 'instancePublic')}`,
      `token_key_file: ${keyPath(keys.folder, 'token')}`,
      `database_url_file: ${secretFile('database', database.urlOf('api'))}`,
      `amqp_url_file: ${secretFile('amqp', broker.url)}`,
    ].join('\n'),
  );
  child = spawn(process.execPath, [main, '--config', config], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) {
    throw new Error('no standard output');
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(line);
  });
  const urlOf = (message: string): string | undefined =>
    log
      .map((line) => JSON.parse(line) as { msg: string; url?: string })
      .find(({ msg }) => msg === message)?.url;
  const health = await waitFor(() => urlOf('health'), { timeoutMs, what: 'the health endpoint' });
  await waitFor(async () => (await fetch(`${health}/readyz`)).status === 200, {
    timeoutMs,
    what: 'the api to be ready',
  });
  return { child, url: urlOf('listening') ?? '' };
}

test('the built service serves, and shows its secrets to nobody', async () => {
  const { child, url } = await startProcess();
  const token = await logIn(url, 'admin', adminPassword);
  const { status } = await request(`${url}/network/v2.0/networks`, 'GET', { token });
  expect(status).toBe(200);
  const proc = `/proc/${String(child.pid)}`;
  const seen = [readFileSync(`${proc}/cmdline`), readFileSync(`${proc}/environ`), ...log].join(
    '\n',
  );
  for (const secret of [adminPassword, servicePassword, token]) {
    expect(seen).not.toContain(secret);
  }
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('stopped in the middle of an upload: the upload is cut off, nothing is left of it', async () => {
  const { child, url } = await startProcess();
  const token = await logIn(url, 'admin', adminPassword);
  const { body } = await request(`${url}/image/v2/images`, 'POST', {
    token,
    body: { name: 'x', disk_format: 'raw', container_format: 'bare' },
  });
  const sent = httpRequest(`${url}/image/v2/images/${body.id}/file`, {
    method: 'PUT',
    headers: { 'x-auth-token': token, 'content-type': 'application/octet-stream' },
  });
  const cut = once(sent, 'error');
  sent.write(Buffer.alloc(100_000, 1));
  const incoming = join(folder, 'images', 'incoming');
  await waitFor(() => readdirSync(incoming).length === 1, {
    timeoutMs,
    what: 'the upload to begin',
  });
  child.kill('SIGTERM');
  await cut;
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(readdirSync(incoming)).toEqual([]);
  const rows = new ModelDatabase({ url: database.url, poolSize: 1, applicationName: 'test' });
  expect(await rows.prisma.image.findUnique({ where: { id: body.id } })).toMatchObject({
    status: 'queued',
  });
  expect(await rows.prisma.lease.count({ where: { name: { startsWith: 'image-upload' } } })).toBe(
    0,
  );
  await rows.close();
});

test('--help lists every option', async () => {
  child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  for (const option of ['listen_port', 'public_url', 'image_directory', 'token_hours']) {
    expect(text).toContain(option);
  }
});
