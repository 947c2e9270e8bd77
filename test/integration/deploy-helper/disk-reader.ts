// Looks at a written disk as a node would: partitions, config drive, swap.
import { execFileSync } from 'node:child_process';
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
