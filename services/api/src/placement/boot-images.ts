import { Inject, Injectable } from '@nestjs/common';
import type { FlavorSnapshot, ImageSnapshot } from '@metalcast/contracts';
import type { Image } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { leastConfigDriveBytes, wantedPartitions, whyNoPlace } from '@metalcast/disk-image/table';
import { Fault, imageStatus } from '@metalcast/domain';
import type { Caller } from '../http/access/caller.js';
import { storedFacts } from '../image/images/facts.view.js';
import { visibleImage } from '../image/images/image-access.js';
import { namedInBody } from '../faults/named-in-body.js';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const bootable = ['raw', 'qcow2'];

/** What of a server decides whether it can be built from an image. */
export interface ServerOfImage {
  readonly flavor: FlavorSnapshot;
  readonly configDrive: boolean;
}

/** Images that a server can be built from. */
@Injectable()
export class BootImages {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /**
   * The image as the server's row will keep it. Faults: BAD_REQUEST (unknown, not ready, not a whole disk), FORBIDDEN
   * (deactivated), IMAGE_TOO_LARGE, IMAGE_UNSUITABLE (no place for config drive and swap).
   */
  async forServer(id: string, server: ServerOfImage, caller: Caller): Promise<ImageSnapshot> {
    const { flavor, configDrive } = server;
    const snapshot = snapshotOf(await this.find(id, caller));
    requirePlace(snapshot, flavor.swap, configDrive);
    if (snapshot.min_ram > flavor.memory_mb) {
      throw new Fault('BAD_REQUEST', {
        reason: `Flavor's memory (${flavor.memory_mb} MiB) is less than the image asks for (${snapshot.min_ram} MiB).`,
      });
    }
    const needed = Math.max(snapshot.virtual_size, snapshot.min_disk * gibibyte);
    // A flavor with root_gb 0 has the size of the disk.
    if (flavor.root_gb > 0 && needed > flavor.root_gb * gibibyte) {
      throw new Fault('IMAGE_TOO_LARGE', {
        image: id,
        neededMb: Math.ceil(needed / mebibyte),
        where: `flavor ${flavor.name}`,
        availableMb: flavor.root_gb * 1024,
      });
    }
    return snapshot;
  }

  private async find(id: string, caller: Caller): Promise<Image> {
    const image = await namedInBody(visibleImage(this.database.prisma, caller, id));
    if (image.status === imageStatus.deactivated) {
      throw new Fault('FORBIDDEN', {}, { message: `Image ${id} is deactivated.` });
    }
    if (image.status !== imageStatus.active) {
      throw new Fault('BAD_REQUEST', { reason: `Image ${id} is not active.` });
    }
    if (image.refused !== null) {
      throw new Fault('BAD_REQUEST', { reason: `Image ${id} is no disk. ${image.refused}` });
    }
    return image;
  }
}

/** The table's entries; whether the node's disk is large enough is the scheduler's question. */
function requirePlace({ id, facts }: ImageSnapshot, swapMb: number, configDrive: boolean): void {
  const wanted = wantedPartitions(swapMb, configDrive ? leastConfigDriveBytes : 0);
  const reason = facts === undefined ? undefined : whyNoPlace(facts, wanted);
  if (reason !== undefined) {
    throw new Fault('IMAGE_UNSUITABLE', { image: id, reason });
  }
}

function snapshotOf(image: Image): ImageSnapshot {
  const properties = image.properties as Record<string, unknown>;
  const { kernel_id: kernel, ramdisk_id: ramdisk } = properties;
  if (kernel !== undefined || ramdisk !== undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: `Image ${image.id} is a partition image (it names a kernel or ramdisk); only whole-disk images are supported.`,
    });
  }
  const { diskFormat, sha256, size, virtualSize } = image;
  if (diskFormat === null || !bootable.includes(diskFormat) || sha256 === null) {
    throw new Fault('BAD_REQUEST', {
      reason: `Image ${image.id} has disk format ${String(diskFormat)}; servers are built from raw and qcow2.`,
    });
  }
  return {
    id: image.id,
    name: image.name,
    disk_format: diskFormat,
    size: Number(size ?? 0),
    virtual_size: Number(virtualSize ?? size ?? 0),
    sha256,
    min_disk: image.minDisk,
    min_ram: image.minRam,
    properties,
    facts: storedFacts(image.facts),
  };
}
