// A boot service that is started while the broker is away.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { startDatabase, TestKeys, waitFor } from '@metalcast/testing';
import { expect, test } from 'vitest';

const loopback = '127.0.0.1';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function startBoot(databaseUrl: string, httpPort: number, stateDirectory: string): ChildProcess {
  return spawn(
    process.execPath,
    [join(import.meta.dirname, '../../../services/boot/dist/main.js')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: databaseUrl,
        AMQP_URL: `amqp://guest:guest@${loopback}:9`,
        ...new TestKeys().environment('boot'),
        METALCAST_HOST: 'boot-1',
        METALCAST_PROVISIONING_INTERFACE: 'lo',
        METALCAST_PROVISIONING_ADDRESS: loopback,
        // It has no subnet, so that nothing answers DHCP here.
        METALCAST_PROVISIONING_NETWORK: randomUUID(),
        METALCAST_HTTP_PORT: String(httpPort),
        METALCAST_TFTP_PORT: '0',
        METALCAST_STATE_DIRECTORY: stateDirectory,
        METALCAST_IDENTITY_URL: 'http://127.0.0.1:9',
        METALCAST_IMAGE_URL: 'http://127.0.0.1:9',
        METALCAST_SERVICE_PASSWORD: 'unused',
      },
    },
  );
}

test('nodes are served all the same, and it stops in time', async () => {
  const rows = await startDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'metalcast-boot-'));
  const httpPort = await freePort();
  const boot = startBoot(rows.urlOf('boot'), httpPort, folder);
  let log = '';
  boot.stdout?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  try {
    await waitFor(() => log.includes('serving the provisioning network'), {
      timeoutMs: 20_000,
      what: 'boot to serve',
    });
    const script = await fetch(`http://${loopback}:${httpPort}/boot/52-54-00-00-00-01`);
    expect([script.status, await script.text()]).toEqual([404, 'nothing to boot\n']);
    const [, health] = /"url":"(http[^"]+)"/.exec(log) ?? [];
    const down = async (): Promise<string[]> => {
      const readiness = await fetch(`${String(health)}/readyz`);
      return Object.keys(((await readiness.json()) as { error: object }).error);
    };
    // It serves before its start has ended.
    await waitFor(async () => isDeepStrictEqual(await down(), ['broker', 'boot']), {
      timeoutMs: 20_000,
      what: 'boot to lack the broker alone',
    });
    const ended = once(boot, 'exit');
    const asked = performance.now();
    boot.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - asked).toBeLessThan(8000);
  } finally {
    boot.kill('SIGKILL');
    await rows.close();
    rmSync(folder, { recursive: true });
  }
});
