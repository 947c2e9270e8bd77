import { Inject, Injectable } from '@nestjs/common';
import type { FlavorSnapshot, ImageSnapshot } from '@metalcast/contracts';
import type { Image } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, imageStatus } from '@metalcast/domain';
import type { Caller } from '../http/access/caller.js';
import { visibleImage } from '../image/images/image-access.js';
import { namedInBody } from '../faults/named-in-body.js';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const bootable = ['raw', 'qcow2'];

/** Images that a server can be built from. */
@Injectable()
export class BootImages {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /**
   * The image as the server's row will keep it. Faults: BAD_REQUEST (unknown, not ready, not a whole disk),
   * IMAGE_TOO_LARGE.
   */
  async forFlavor(id: string, flavor: FlavorSnapshot, caller: Caller): Promise<ImageSnapshot> {
    const snapshot = snapshotOf(await this.find(id, caller));
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
    if (image.status !== imageStatus.active) {
      throw new Fault('BAD_REQUEST', { reason: `Image ${id} is not active.` });
    }
    return image;
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
  };
}
