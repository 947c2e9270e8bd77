import {
  firstSign,
  firstSignProperty,
  flavorSnapshot,
  imageSnapshot,
  type FlavorSnapshot,
  type ImageSnapshot,
} from '@metalcast/contracts';
import type { Database, Deployment, Instance, Node, Secrets, Sql } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { personalityOf, type NetworkPort, type Personality } from '../config-drive/personality.js';
import { phoneHomeUrl } from './phone-home-url.js';

/** What a deployment shall bring onto its node, as the rows tell it. */
export interface Brief {
  readonly node: Node;
  readonly image: ImageSnapshot;
  readonly flavor: FlavorSnapshot;
  readonly rootGb: number;
  /** Undefined for a server that asked for no config drive. */
  readonly personality: Personality | undefined;
}

/**
 * Reads it. Faults: CANCELLED when the node has no server any more, IMAGE_UNSUITABLE for a partition image, UNAVAILABLE when
 * the image promises to phone home and nobody is there to be called.
 */
export async function readBrief(
  database: Database,
  secrets: Secrets,
  deployment: Deployment,
): Promise<Brief> {
  const sql = database.prisma;
  const node = await sql.node.findUniqueOrThrow({ where: { id: deployment.nodeId } });
  const instance = await instanceOf(sql, node);
  if (instance === undefined) {
    throw new Fault('CANCELLED', { reason: `node ${node.uuid} has no server any more` });
  }
  const image = imageSnapshot.parse(instance.image);
  refusePartitionImage(instance, image);
  return {
    node,
    image,
    flavor: flavorSnapshot.parse(instance.flavor),
    rootGb: instance.rootGb,
    personality: instance.configDrive
      ? await readPersonality(database, secrets, { instance, node, image, deployment })
      : undefined,
  };
}

async function readPersonality(
  database: Database,
  secrets: Secrets,
  { instance, node, image, deployment }: Installation,
): Promise<Personality> {
  const ports = await portsOf(database.prisma, instance.uuid);
  const binding = { instance: instance.uuid, node: node.uuid, epoch: deployment.epoch };
  const url =
    image.properties[firstSignProperty] === firstSign.enum.phone_home
      ? await phoneHomeUrl(database, secrets, binding, ports)
      : undefined;
  return personalityOf(instance, { ports, phoneHomeUrl: url }, secrets);
}

interface Installation {
  readonly instance: Instance;
  readonly node: Node;
  readonly image: ImageSnapshot;
  readonly deployment: Deployment;
}

export async function instanceOf(
  sql: Sql,
  { instanceUuid }: Pick<Node, 'instanceUuid'>,
): Promise<Instance | undefined> {
  return instanceUuid === null
    ? undefined
    : ((await sql.instance.findUnique({ where: { uuid: instanceUuid } })) ?? undefined);
}

/** An image that boots by a kernel and ramdisk of its own is a partition, not a disk. */
function refusePartitionImage(instance: Instance, image: ImageSnapshot): void {
  const isPartition =
    instance.kernelId !== null ||
    instance.ramdiskId !== null ||
    ['kernel_id', 'ramdisk_id'].some((name) => Boolean(image.properties[name]));
  if (isPartition) {
    const reason =
      'it is a partition with kernel and ramdisk of its own; only whole-disk images are written';
    throw new Fault('IMAGE_UNSUITABLE', { image: image.id, reason });
  }
}

async function portsOf(sql: Sql, instanceUuid: string): Promise<NetworkPort[]> {
  const ports = await sql.port.findMany({
    where: { deviceId: instanceUuid },
    include: { subnet: true, network: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return ports.map(({ subnet, network, ...port }) => ({
    port,
    subnet: subnet ?? undefined,
    mtu: network.mtu,
  }));
}
