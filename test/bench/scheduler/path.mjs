// The whole path: casts through RabbitMQ, scheduler processes, rows committed in PostgreSQL.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compute, scheduler } from '@metalcast/contracts';
import { beat, Database } from '@metalcast/db';
import { freePort, startService, stopService } from '@metalcast/rig';
import { connectRpc, rpcClient, silentLogger } from '@metalcast/rpc';
import { serve } from '@metalcast/rpc/testing';
import { databaseCpu, fill, makeKeys, withServers } from './servers.mjs';

const builds = 1500;
const nodes = 2000;
const timeoutMs = 120_000;
const main = fileURLToPath(new URL('../../../services/scheduler/dist/main.js', import.meta.url));

export function measurePath() {
  return withServers({ broker: true }, async (servers) => {
    const rpc = connectRpc({ url: servers.broker.url, host: 'bench', logger: silentLogger });
    const quiet = () => Promise.resolve();
    const told = await serve(rpc, compute, {
      runInstance: quiet,
      advance: quiet,
      terminateInstance: quiet,
    });
    const rows = [];
    try {
      for (const processes of [1, 2, 4]) {
        rows.push({ processes, ...(await run(servers, rpc, processes)) });
      }
    } finally {
      await told.close();
      await rpc.close();
    }
    return rows;
  });
}

async function run({ ledger, database, sql, broker }, rpc, processes) {
  const asked = await fill(sql, nodes, builds);
  await computeLives(database.url);
  const place = { ledger, logFolder: join(ledger.folder, 'log') };
  const env = {
    DATABASE_URL: database.url,
    AMQP_URL: broker.url,
    ...makeKeys('scheduler', ledger),
  };
  const names = Array.from({ length: processes }, (_, index) => `scheduler${index + 1}`);
  const pids = await Promise.all(names.map((name) => startScheduler(place, name, env)));
  const { cast } = rpcClient(rpc, scheduler, { timeoutMs });
  const begin = {
    database: databaseCpu(database),
    schedulers: cpuOf(pids),
    broker: cpuOf(broker.pids()),
  };
  const begun = performance.now();
  const sent = Promise.all(
    asked.map(({ instance }) =>
      cast.runInstance(
        { request_spec: { instance_uuids: [instance] } },
        { requestId: 'req-bench' },
      ),
    ),
  );
  await until(sql, 'SELECT count(*)::int AS left FROM operations WHERE awaiting IS NOT NULL');
  const placedMs = performance.now() - begun;
  await sent;
  await until(sql, 'SELECT count(*)::int AS left FROM outbox');
  const toldMs = performance.now() - begun;
  const end = {
    database: databaseCpu(database),
    schedulers: cpuOf(pids),
    broker: cpuOf(broker.pids()),
  };
  const { rows } = await sql.query(
    'SELECT count(*)::int AS placed FROM nodes WHERE instance_uuid IS NOT NULL AND epoch = 1',
  );
  if (rows[0].placed !== builds) {
    throw new Error(`${rows[0].placed} of ${builds} are placed`);
  }
  await Promise.all(names.map((name) => stopService(place, name)));
  return {
    perSecond: (builds / placedMs) * 1000,
    toldPerSecond: (builds / toldMs) * 1000,
    cpuMs: ((end.schedulers - begin.schedulers) * 1000) / builds,
    databaseMs: ((end.database - begin.database) * 1000) / builds,
    brokerMs: ((end.broker - begin.broker) * 1000) / builds,
    lostShare: lost(place, names) / builds,
  };
}

async function computeLives(url) {
  const database = new Database({ url, poolSize: 1, applicationName: 'bench' });
  const heart = {
    host: 'compute1',
    binary: 'nova-compute',
    topic: 'compute',
    version: '1',
    details: {},
  };
  await beat(database, heart, true);
  await database.close();
}

async function startScheduler(place, name, env) {
  const port = await freePort();
  const { pid } = await startService(place, {
    name,
    command: process.execPath,
    args: [main],
    env: { ...env, METALCAST_HOST: name, METALCAST_HEALTH_PORT: String(port) },
    health: `http://127.0.0.1:${port}`,
  });
  return pid;
}

/** CPU seconds of these processes so far. */
const cpuOf = (pids) =>
  pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);

async function until(sql, question) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { rows } = await sql.query(question);
    if (rows[0].left === 0) return;
    if (performance.now() > deadline) throw new Error(`${rows[0].left} are left: ${question}`);
    await pause(50);
  }
}

const lost = ({ logFolder }, names) =>
  names
    .flatMap((name) => readFileSync(join(logFolder, `${name}.log`), 'utf8').split('\n'))
    .filter((line) => line.includes('"outcome":"lost"')).length;
