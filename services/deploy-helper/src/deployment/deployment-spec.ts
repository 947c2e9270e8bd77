import {
  firstSign,
  firstSignProperty,
  flavorSnapshot,
  imageSnapshot,
  type FlavorSnapshot,
  type ImageSnapshot,
} from '@metalcast/contracts';
import { listServices, type Database } from '@metalcast/db';
import {
  readDeploymentSpecRows,
  type DeploymentInstance,
  type DeploymentOfNode,
} from '@metalcast/db/deploy-helper';
import { Fault, ownValue } from '@metalcast/domain';
import type { Deriver, Opener } from '@metalcast/keys';
import { configDriveInputOf, type ConfigDriveInput } from '../config-drive/config-drive-input.js';
import { bootBinary, withServedDhcp } from '../preparation/boot-services.js';
import { phoneHomeUrl } from '../preparation/phone-home-url.js';

/** What a deployment must bring onto its node, according to the rows. */
export interface DeploymentSpec {
  /** uuid */
  readonly node: string;
  readonly image: ImageSnapshot;
  readonly flavor: FlavorSnapshot;
  readonly rootGb: number;
  /** Undefined when the server has no config drive. */
  readonly configDriveInput: ConfigDriveInput | undefined;
}

export interface DeploymentSpecTools {
  readonly database: Database;
  readonly secrets: Opener;
  readonly agent: Deriver;
}

/**
 * Reads the rows. Faults: CANCELLED when the node has no server any more or is in another epoch; IMAGE_UNSUITABLE for a
 * partition image; UNAVAILABLE when the image promises to phone home and no boot service can take the call;
 * SECRET_UNREADABLE.
 */
export async function readDeploymentSpec(
  { database, secrets, agent }: DeploymentSpecTools,
  { node, deployment }: DeploymentOfNode,
): Promise<DeploymentSpec> {
  const found = await readDeploymentSpecRows(database, deployment);
  if (found === undefined) {
    throw new Fault('CANCELLED', {
      reason: `node ${node.uuid} has no server any more, or left epoch ${deployment.epoch}`,
    });
  }
  const { instance } = found;
  const image = imageSnapshot.parse(instance.image);
  refusePartitionImage(instance, image);
  const binding = { instance: instance.uuid, node: node.uuid, epoch: deployment.epoch };
  const flavor = flavorSnapshot.parse(instance.flavor);
  const bootServices = await listServices(database, bootBinary);
  const ports = withServedDhcp(bootServices, found.ports);
  return {
    node: node.uuid,
    image,
    flavor,
    rootGb: instance.rootGb,
    configDriveInput: instance.configDrive
      ? await configDriveInputOf(
          instance,
          {
            ports,
            hasSwap: flavor.swap > 0,
            phoneHomeUrl:
              image.properties[firstSignProperty] === firstSign.enum.phone_home
                ? phoneHomeUrl(bootServices, agent, binding, ports)
                : undefined,
          },
          secrets,
        )
      : undefined,
  };
}

/** An image that boots by a separate kernel and ramdisk is a partition, not a disk. */
function refusePartitionImage(instance: DeploymentInstance, image: ImageSnapshot): void {
  const isPartition =
    instance.kernelId !== null ||
    instance.ramdiskId !== null ||
    ['kernel_id', 'ramdisk_id'].some((name) => Boolean(ownValue(image.properties, name)));
  if (isPartition) {
    const reason =
      'it is a partition with kernel and ramdisk of its own; only whole-disk images are written';
    throw new Fault('IMAGE_UNSUITABLE', { image: image.id, reason });
  }
}
