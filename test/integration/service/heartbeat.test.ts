import { ModelDatabase } from '@metalcast/db/models';
import { createLogger } from '@metalcast/log';
import { freePort } from '@metalcast/rig';
import { startDatabase, waitFor } from '@metalcast/testing';
import { expect, test } from 'vitest';
import { HeartbeatLoop } from '../../../libs/service/src/presence/heartbeat.js';
import { TcpProxy } from '../tcp-proxy.js';

test('a service whose database goes away as it starts registers when it is back', async () => {
  const server = await startDatabase();
  const target = new URL(server.url);
  const url = new URL(server.url);
  url.hostname = '127.0.0.1';
  // Nothing listens there yet.
  const port = await freePort();
  url.port = String(port);
  const database = new ModelDatabase({ url: url.href, poolSize: 1, applicationName: 'test' });
  const log: string[] = [];
  const heartbeat = new HeartbeatLoop({
    database,
    logger: createLogger('test', 'warn', { write: (line) => log.push(line) }),
    host: 'h',
    binary: 'nova-test',
    topic: null,
    version: '',
    everyMs: 60_000,
  });
  const started = heartbeat.start();
  await waitFor(() => log.length > 0 || undefined, { timeoutMs: 10_000, what: 'a failed beat' });
  const back = await TcpProxy.before(target, port);
  await started;
  expect(await database.prisma.service.count({ where: { host: 'h' } })).toBe(1);
  await heartbeat.stop();
  await database.close();
  await back.close();
  await server.close();
});
