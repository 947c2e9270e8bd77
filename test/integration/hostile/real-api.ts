// An api as the process that operators run, for attacks that it must survive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBroker, startDatabase, TestKeys, waitFor } from '@metalcast/testing';
import { adminPassword, servicePassword } from '../api/api-process.js';

const main = fileURLToPath(new URL('../../../services/api/dist/main.js', import.meta.url));

export interface RealApi {
  readonly url: string;
  readonly pid: number;
  /** All that it has logged so far. */
  log(): string;
  close(): Promise<void>;
}

/** With a database and a broker of its own; resolves when it serves. */
export async function startRealApi(): Promise<RealApi> {
  const folder = mkdtempSync(join(tmpdir(), 'metalcast-api-'));
  const [database, broker] = await Promise.all([startDatabase(), startBroker()]);
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.urlOf('api'),
      AMQP_URL: broker.url,
      ...new TestKeys().environment('api'),
      METALCAST_LISTEN_PORT: '0',
      METALCAST_IMAGE_DIRECTORY: folder,
      METALCAST_ADMIN_PASSWORD: adminPassword,
      METALCAST_SERVICE_PASSWORD: servicePassword,
    },
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await waitFor(() => log.includes('"msg":"started"'), {
    timeoutMs: 60_000,
    what: 'the api to start',
  });
  const line = log.split('\n').find((text) => text.includes('"msg":"listening"')) ?? '{}';
  const { url = '' } = JSON.parse(line) as { url?: string };
  return {
    url,
    pid: child.pid ?? 0,
    log: () => log,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await Promise.all([database.close(), broker.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
