// A simulated cloud with what the suites expect of a cloud: accounts, flavors of DevStack's names, two small images.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { hostUrls, readAdminPassword } from '@metalcast/lab';
import { dataRoot, Ledger, removeAll } from '@metalcast/rig';
import { Cloud } from '@metalcast/simulated-cloud';
import { addMembers } from './accounts.mjs';

const nodes = 16;
/** The first two fit the nodes; the suites only list the others. */
const flavors = [
  { id: '1', name: 'm1.tiny', ram: 512, vcpus: 1, disk: 1 },
  { id: 'alternative', name: 'alternative', ram: 768, vcpus: 1, disk: 1 },
  { id: '2', name: 'm1.small', ram: 2048, vcpus: 1, disk: 20 },
  { id: '3', name: 'm1.medium', ram: 4096, vcpus: 2, disk: 40 },
  { id: '4', name: 'm1.large', ram: 8192, vcpus: 4, disk: 80 },
  { id: '5', name: 'm1.xlarge', ram: 16_384, vcpus: 8, disk: 160 },
];
const imageNames = ['cirros-first-disk.img', 'cirros-second-disk.img'];

/** Everything that the cloud creates is removed when `work` has ended or a signal came. */
export async function withCloud(work) {
  const ledger = Ledger.open(join(dataRoot(), `clients-${randomBytes(6).toString('hex')}`));
  ledger.recordPath(ledger.folder);
  const interrupt = () => void removeAll(ledger).then(() => process.exit(1));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const cloud = await Cloud.start({ nodes, ledger, imageMb: 1 });
    try {
      await work(await prepared(cloud));
    } finally {
      await cloud.close();
    }
  } finally {
    await removeAll(ledger);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function prepared(cloud) {
  await addMembers(cloud.database);
  await putUnderHost(cloud);
  for (const flavor of flavors) {
    const request = { api: 'compute', method: 'POST', path: '/flavors', body: { flavor } };
    await cloud.session.request(request);
  }
  const images = [];
  for (const name of imageNames) {
    images.push({ name, id: await cloud.addImage(name, {}) });
  }
  const folder = join(cloud.dataFolder, 'suite');
  mkdirSync(folder, { mode: 0o700 });
  const authUrl = `${hostUrls(cloud.context).api}/identity/v3`;
  const password = readAdminPassword(cloud.context.paths);
  return { folder, authUrl, password, flavors, images, ...(await offered(cloud.session)) };
}

/** Enrols the nodes under the compute host, because the suites look for nodes by the hosts of servers and aggregates. */
async function putUnderHost({ session, machines }) {
  const path = '/os-services?binary=nova-compute';
  const { services } = await session.request({ api: 'compute', path });
  const body = { node: { service_host: services[0].host } };
  for (const name of machines.names) {
    await session.request({ api: 'metalcast', method: 'PATCH', path: `/nodes/${name}`, body });
  }
}

/** What Tempest must be told of the APIs, as the APIs tell it. */
async function offered(session) {
  const { version } = await session.request({ api: 'compute', path: '/' });
  const { extensions } = await session.request({ api: 'network', path: '/v2.0/extensions' });
  return {
    lastMicroversion: version.version,
    networkExtensions: extensions.map(({ alias }) => alias),
  };
}
