import { Fault } from '@metalcast/domain';
import { mib } from '@metalcast/disk-image/table';

export const gib = 1024 * mib;

interface Sizes {
  readonly image: string;
  readonly node: string;
  readonly imageBytes: number;
  /** 0: the flavor sets no bound. */
  readonly rootGb: number;
  readonly diskBytes: number;
}

/** Faults: IMAGE_TOO_LARGE with numbers. The partition table checks whether config drive and swap fit as well. */
export function checkImageFits({ image, node, imageBytes, rootGb, diskBytes }: Sizes): void {
  const neededMb = Math.ceil(imageBytes / mib);
  if (imageBytes > diskBytes) {
    const availableMb = Math.floor(diskBytes / mib);
    throw new Fault('IMAGE_TOO_LARGE', {
      image,
      neededMb,
      availableMb,
      where: `the disk of node ${node}`,
    });
  }
  if (rootGb > 0 && imageBytes > rootGb * gib) {
    throw new Fault('IMAGE_TOO_LARGE', {
      image,
      neededMb,
      availableMb: rootGb * 1024,
      where: 'the flavor',
    });
  }
}
