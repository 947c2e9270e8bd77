// Small whole-disk images made for a test.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';

const mib = 1024 * 1024;

export interface ImageRecipe {
  readonly sizeMb: number;
  readonly dataMb: number;
  /** For sfdisk. */
  readonly table: string;
}

/** A qcow2 image: partition table, then random data behind 4 MiB. */
export function makeImage(path: string, { sizeMb, dataMb, table }: ImageRecipe): void {
  const raw = `${path}.raw`;
  const file = openSync(raw, 'w');
  ftruncateSync(file, sizeMb * mib);
  if (table !== '') {
    execFileSync('sfdisk', ['-q', raw], { input: table });
  }
  for (let at = 0; at < dataMb; at += 1) {
    writeSync(file, randomBytes(mib), 0, mib, (4 + at) * mib);
  }
  closeSync(file);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
  rmSync(raw);
}
