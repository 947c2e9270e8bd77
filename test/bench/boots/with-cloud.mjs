import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { hostUrls } from '@metalcast/lab';
import { dataRoot, Ledger, removeAll } from '@metalcast/rig';
import { serviceNames } from '@metalcast/domain';
import { Cloud } from '@metalcast/simulated-cloud';
import { Messages } from './messages.mjs';
import { Meter } from './meter.mjs';
import { profilerArguments, Profiles } from './profiles.mjs';
import { countStatements, Statements } from './statements.mjs';

const managementPort = 15_672;

/** All as durable as in service. What it makes is removed when `work` has ended, or is cut off. */
export async function withCloud({ nodes, profile }, work) {
  const ledger = Ledger.open(join(dataRoot(), `bench-${randomBytes(6).toString('hex')}`));
  ledger.recordPath(ledger.folder);
  const cutOff = () => void removeAll(ledger).then(() => process.exit(1));
  process.once('SIGINT', cutOff);
  process.once('SIGTERM', cutOff);
  try {
    await inCloud({ ledger, nodes, profile }, work);
  } finally {
    await removeAll(ledger);
    process.off('SIGINT', cutOff);
    process.off('SIGTERM', cutOff);
  }
}

async function inCloud({ ledger, nodes, profile }, work) {
  let lab;
  const profiles = new Profiles(ledger.folder);
  const cloud = await Cloud.start({
    nodes,
    ledger,
    waits: 'usual',
    durable: true,
    imageMb: 1,
    forwards: { management: { inside: managementPort, wanted: managementPort } },
    ...(profile ? { nodeArguments: profilerArguments } : {}),
    async prepare(context) {
      lab = context;
      await countStatements(context.database, join(context.paths.data, 'database', 'data'));
      return settingsOf(profiles);
    },
  });
  const statements = await Statements.connect(hostUrls(lab).database);
  try {
    const messages = new Messages(lab.broker, lab.forwarding.ports.management);
    const services = Object.fromEntries(await cloud.pids());
    const processes = { ...services, postgres: lab.database.pid() };
    const meter = new Meter({ processes, broker: lab.broker, statements, messages });
    await work({ cloud, meter, profiles: profile ? profiles : undefined });
  } finally {
    await statements.close();
    await cloud.close();
  }
}

const settingsOf = (profiles) =>
  Object.fromEntries(serviceNames.map((name) => [name, profiles.settingsOf(name)]));
