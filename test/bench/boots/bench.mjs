// npm run bench -- boots [--nodes 1,20,60] [--warm 20] [--top 0] [--budget test/bench/boots/budget.json | none]
// Boots servers on simulated nodes, all at once, then one after the other, and deletes them: what each costs in CPU by
// process, in statements by service, in transactions and in messages. More than a tenth above the budget is a failure.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dataRoot, hostUrls, Ledger, removeAll } from '@metalcast/lab';
import { Cloud, serviceNames } from '@metalcast/testing/simulated';
import { Messages } from './messages.mjs';
import { Meter } from './meter.mjs';
import { inOneLine, overBudget, report } from './report.mjs';
import { countStatements, Statements, urlFor } from './statements.mjs';

const managementPort = 15_672;
const singles = 10;
/** Addresses of the simulated network. */
const nodesMax = 150;

export async function bench(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      nodes: { type: 'string', default: '60' },
      warm: { type: 'string', default: '20' },
      top: { type: 'string', default: '0' },
      budget: {
        type: 'string',
        default: fileURLToPath(new URL('budget.json', import.meta.url)),
      },
    },
  });
  const sizes = values.nodes.split(',').map(Number);
  const nodes = Math.max(...sizes);
  if (!sizes.every((size) => size >= 1) || nodes > nodesMax) {
    throw new Error(`--nodes takes numbers from 1 to ${nodesMax}, with commas between them`);
  }
  const rows = await withCloud(nodes, (cloud, meter) =>
    measure(cloud, meter, { sizes, warm: Math.min(nodes, Number(values.warm)) }),
  );
  process.stdout.write(`\n${report(rows, Number(values.top))}\n`);
  process.stdout.write(`load average ${loadavg()[0].toFixed(1)}\n`);
  if (values.budget !== 'none') {
    const over = overBudget(rows, JSON.parse(readFileSync(values.budget, 'utf8')));
    process.stdout.write(over.map((line) => `over the budget: ${line}\n`).join(''));
    process.exitCode = over.length > 0 ? 1 : 0;
  }
  for (const { size, together } of rows.bySize) {
    process.stdout.write(`${inOneLine(size, together)}\n`);
  }
}

/** Every service with a role of its own in the database, and all as durable as in service. */
async function withCloud(nodes, work) {
  const ledger = Ledger.open(join(dataRoot(), `bench-${randomBytes(6).toString('hex')}`));
  ledger.recordPath(ledger.folder);
  const cutOff = () => void removeAll(ledger).then(() => process.exit(1));
  process.once('SIGINT', cutOff);
  process.once('SIGTERM', cutOff);
  let lab;
  try {
    const cloud = await Cloud.start({
      nodes,
      ledger,
      waits: 'usual',
      durable: true,
      imageMb: 1,
      forwards: { management: { inside: managementPort, wanted: managementPort } },
      async prepare(context) {
        lab = context;
        await countStatements(context.database, join(context.paths.data, 'database', 'data'));
        const { url } = context.database;
        return Object.fromEntries(
          serviceNames.map((name) => [
            name,
            { DATABASE_URL: urlFor(url, name), DATABASE_URL_FILE: '' },
          ]),
        );
      },
    });
    const statements = await Statements.connect(hostUrls(lab).database);
    try {
      const messages = new Messages(lab.broker, lab.forwarding.ports.management);
      const processes = { ...Object.fromEntries(await cloud.pids()), postgres: lab.database.pid() };
      return await work(cloud, new Meter({ processes, broker: lab.broker, statements, messages }));
    } finally {
      await statements.close();
      await cloud.close();
    }
  } finally {
    await removeAll(ledger);
    process.off('SIGINT', cutOff);
    process.off('SIGTERM', cutOff);
  }
}

/** From the requests to the api until each command has ended and told so. */
async function switchPower(cloud, nodes, target) {
  const { prisma } = cloud.database;
  const before = await prisma.powerCommand.count();
  for (const node of nodes) {
    const path = `/nodes/${node}/power`;
    await cloud.session.request({ api: 'metalcast', method: 'POST', path, body: { target } });
  }
  for (;;) {
    const ended = await prisma.powerCommand.count({ where: { finishedAt: { not: null } } });
    if (ended >= before + nodes.length && (await prisma.outbox.count()) === 0) return;
    await pause(20);
  }
}

async function measure(cloud, meter, { sizes, warm }) {
  const boot = async (count) => {
    const ids = await Promise.all(Array.from({ length: count }, () => cloud.build()));
    const servers = await Promise.all(ids.map((id) => cloud.built(id, 600_000)));
    const failed = servers.filter(({ status }) => status !== 'ACTIVE');
    if (failed.length > 0) {
      throw new Error(`${failed.length} of ${count} servers: ${failed[0].fault?.message}`);
    }
    return ids;
  };
  const remove = async (ids) => {
    await Promise.all(ids.map((id) => cloud.delete(id)));
    await Promise.all(ids.map((id) => cloud.deleted(id, 600_000)));
  };
  await remove(await boot(warm));
  const bySize = [];
  for (const size of sizes) {
    let ids;
    const together = await meter.over(size, async () => {
      ids = await boot(size);
    });
    bySize.push({ size, together, deletes: await meter.over(size, () => remove(ids)) });
  }
  const { size: nodes, together, deletes } = bySize.at(-1);
  const one = await meter.over(singles, async () => {
    for (let n = 0; n < singles; n += 1) {
      await remove(await boot(1));
    }
  });
  const rack = (await cloud.nodes()).map(({ uuid }) => uuid);
  const on = await meter.over(rack.length, () => switchPower(cloud, rack, 'on'));
  const off = await meter.over(rack.length, () => switchPower(cloud, rack, 'off'));
  const idle = await meter.idle();
  return { nodes, together, deletes, one, on, off, idle, bySize };
}
