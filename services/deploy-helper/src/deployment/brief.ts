import {
  firstSign,
  firstSignProperty,
  flavorSnapshot,
  imageSnapshot,
  type FlavorSnapshot,
  type ImageSnapshot,
} from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import {
  readDeploymentBrief,
  type BriefInstance,
  type DeploymentOfNode,
} from '@metalcast/db/deploy-helper';
import { Fault } from '@metalcast/domain';
import type { Deriver, Opener } from '@metalcast/keys';
import { personalityOf, type Personality } from '../config-drive/personality.js';
import { phoneHomeUrl } from './phone-home-url.js';

/** What a deployment must bring onto its node, according to the rows. */
export interface Brief {
  /** uuid */
  readonly node: string;
  readonly image: ImageSnapshot;
  readonly flavor: FlavorSnapshot;
  readonly rootGb: number;
  /** Undefined when the server has no config drive. */
  readonly personality: Personality | undefined;
}

export interface BriefTools {
  readonly database: Database;
  readonly secrets: Opener;
  readonly agent: Deriver;
}

/**
 * Reads the rows. Faults: CANCELLED when the node has no server any more or is in another epoch; IMAGE_UNSUITABLE for a
 * partition image; UNAVAILABLE when the image promises to phone home and no boot service can take the call;
 * SECRET_UNREADABLE.
 */
export async function readBrief(
  { database, secrets, agent }: BriefTools,
  { node, deployment }: DeploymentOfNode,
): Promise<Brief> {
  const found = await readDeploymentBrief(database, deployment);
  if (found === undefined) {
    throw new Fault('CANCELLED', {
      reason: `node ${node.uuid} has no server any more, or left epoch ${deployment.epoch}`,
    });
  }
  const { instance, ports } = found;
  const image = imageSnapshot.parse(instance.image);
  refusePartitionImage(instance, image);
  const binding = { instance: instance.uuid, node: node.uuid, epoch: deployment.epoch };
  return {
    node: node.uuid,
    image,
    flavor: flavorSnapshot.parse(instance.flavor),
    rootGb: instance.rootGb,
    personality: instance.configDrive
      ? await personalityOf(
          instance,
          {
            ports,
            phoneHomeUrl:
              image.properties[firstSignProperty] === firstSign.enum.phone_home
                ? await phoneHomeUrl(database, agent, binding, ports)
                : undefined,
          },
          secrets,
        )
      : undefined,
  };
}

/** An image that boots by a separate kernel and ramdisk is a partition, not a disk. */
function refusePartitionImage(instance: BriefInstance, image: ImageSnapshot): void {
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
