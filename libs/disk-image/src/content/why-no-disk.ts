import type { ImageFacts } from '@metalcast/contracts';
import { whyNoPlace } from '../table/table-facts.js';
import type { Edges } from './edges.js';
import { describeSignature, hasBootSignature, recognise } from './signatures.js';

/**
 * Why no server can be started from a disk with these edges, however it is deployed: a predicate, with what to do;
 * undefined: it may be a bootable disk.
 */
export function whyNoDisk(edges: Edges, facts: ImageFacts): string | undefined {
  const found = recognise(edges);
  if (found !== undefined) {
    return describeSignature(found);
  }
  const unusable = whyNoPlace(facts, []);
  if (unusable !== undefined) {
    return `cannot be used, because ${unusable}: ${repairOf(facts)}`;
  }
  if (facts.used_bytes > edges.size) {
    return `was cut off: its partitions end at byte ${facts.used_bytes}, and the disk at byte ${edges.size}. Fetch it again`;
  }
  if (facts.table === 'none' && !(hasBootSignature(edges.head) && facts.bios_boot_code)) {
    return 'has neither a boot loader nor a partition table in its first sector: use an image of the whole disk';
  }
  return undefined;
}

const repairOf = ({ sector_bytes: bytes }: ImageFacts): string =>
  bytes === 512
    ? 'repair it (sgdisk --verify FILE says what is wrong), and upload it again'
    : 'use the image for disks with sectors of 512 bytes';
