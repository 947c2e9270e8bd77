// Looks at a written disk as a node would: partitions, config drive, swap.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';

export interface PartitionSeen {
  readonly start: number;
  readonly size: number;
  readonly type: string;
  readonly name?: string;
}

export function partitionsOf(disk: string): PartitionSeen[] {
  const json = execFileSync('sfdisk', ['--json', disk], { stdio: ['ignore', 'pipe', 'ignore'] });
  const { partitiontable } = JSON.parse(json.toString()) as {
    partitiontable: { partitions: PartitionSeen[] };
  };
  return partitiontable.partitions;
}

/** Cuts a partition out of a disk, to a file in `folder`. */
export function cutOut(disk: string, { start, size }: PartitionSeen, folder: string): string {
  const path = join(folder, `partition-${start}`);
  execFileSync('dd', [`if=${disk}`, `of=${path}`, 'bs=512', `skip=${start}`, `count=${size}`], {
    stdio: 'ignore',
  });
  return path;
}

export const driveFile = (drive: string, path: string): string =>
  execFileSync('mtype', ['-i', drive, `::${path}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();

export const blkid = (path: string): string =>
  execFileSync('blkid', ['-p', '-o', 'export', path]).toString();

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Of an image; it is cut out in `folder`. */
export function firstPartitionDigest(image: string, folder: string): Promise<string> {
  const raw = `${image}.content`;
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
  const [first] = partitionsOf(raw);
  return digestOf(cutOut(raw, first ?? { start: 0, size: 0, type: '' }, folder));
}
