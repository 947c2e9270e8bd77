// A process of the claims bench: so many workers claim nodes for its share of the builds, each choosing at random
// among those that it does not know to be taken. Answers with its figures.
import { Database } from '@metalcast/db';
import { readNodesPage } from '@metalcast/db/scheduler';
import pg from 'pg';
import { claim } from '../../../services/scheduler/build/claim/claim.js';
import { Fleet } from '../../../services/scheduler/build/fleet/fleet.js';
import { AggregateIndex, readHost } from '../../../services/scheduler/build/fleet/read-host.js';

let roundTrips = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(...args) {
  roundTrips += 1;
  return query.apply(this, args);
};

const bareClaim = `
  UPDATE nodes SET instance_uuid = $1, epoch = epoch + 1, boot_mode = 'none',
         fault = NULL, task_state = 'building', operation_id = $2
   WHERE id = $3 AND version = $4 AND instance_uuid IS NULL
     AND (task_state IS NULL OR task_state = 'deleted') AND NOT maintenance AND deleted_at IS NULL
  RETURNING epoch, version`;

function claimers(how, url, workers) {
  if (how === 'bare') {
    const pool = new pg.Pool({ connectionString: url, max: workers });
    return {
      open: () =>
        Promise.all(Array.from({ length: workers }, () => pool.query('SELECT pg_sleep(0.05)'))),
      claim: async ({ instance, operation }, host) => {
        const { rowCount } = await pool.query({
          name: 'claim',
          text: bareClaim,
          values: [instance, operation, host.id, host.version],
        });
        return rowCount === 1;
      },
      close: () => pool.end(),
    };
  }
  const database = new Database({ url, poolSize: workers, applicationName: 'bench' });
  return {
    open: () =>
      Promise.all(
        Array.from({ length: workers }, () => database.sql.$queryRaw`SELECT 1 FROM pg_sleep(0.05)`),
      ),
    claim: async ({ instance, operation, row }, host) => {
      const choice = {
        operationId: operation,
        instanceUuid: instance,
        attempt: 1,
        request: { group: null },
        host,
      };
      const { outcome } = await claim(database, choice, { requestId: 'req-bench' });
      return outcome === 'claimed';
    },
    close: () => database.close(),
  };
}

async function readHosts(url) {
  const database = new Database({ url, poolSize: 1, applicationName: 'bench-read' });
  const fleet = new Fleet();
  const rows = await readNodesPage(database, 0, 1_000_000);
  await database.close();
  return rows.map((row) => readHost(row, new AggregateIndex([]), fleet).host);
}

async function work(claimer, hosts, builds, figures) {
  for (let build = builds.pop(); build !== undefined; build = builds.pop()) {
    for (let won = false; !won;) {
      const at = Math.floor(Math.random() * hosts.length);
      const host = hosts[at];
      hosts[at] = hosts.at(-1);
      hosts.pop();
      const begun = performance.now();
      won = await claimer.claim(build, host);
      figures.lasted.push(performance.now() - begun);
      if (!won) figures.lost += 1;
    }
  }
}

process.once('message', async ({ how, url, workers, builds }) => {
  const hosts = await readHosts(url);
  const claimer = claimers(how, url, workers);
  await claimer.open();
  process.send('ready');
  process.once('message', async () => {
    const figures = { lost: 0, lasted: [] };
    roundTrips = 0;
    const cpu = process.cpuUsage();
    await Promise.all(Array.from({ length: workers }, () => work(claimer, hosts, builds, figures)));
    const { user, system } = process.cpuUsage(cpu);
    process.send({ ...figures, roundTrips, cpuMs: (user + system) / 1000 });
    await claimer.close();
    process.disconnect();
  });
});
