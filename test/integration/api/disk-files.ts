// Whole disks, made by the tools that people make them with.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const mib = 1024 * 1024;

export interface DiskRecipe {
  /** For sfdisk; '' for no table. */
  readonly table?: string;
  readonly sizeMb?: number;
  /** At the very start: the code that a BIOS would run. */
  readonly bootCode?: boolean;
}

export const mbrTable = 'label: dos\nstart=2048,size=2048,type=83\n';
export const gptTable = 'label: gpt\nstart=2048,size=2048,type=U\nstart=4096,size=2048,type=L\n';

/** A file in `folder` with a small raw disk; its name. */
export function diskFile(folder: string, recipe: DiskRecipe = {}): string {
  const { table = mbrTable, sizeMb = 4, bootCode = true } = recipe;
  const path = join(folder, `${randomBytes(6).toString('hex')}.raw`);
  const file = openSync(path, 'w+');
  ftruncateSync(file, sizeMb * mib);
  if (table !== '') {
    execFileSync('sfdisk', ['-q', path], { input: table });
  }
  if (bootCode) {
    writeSync(file, Buffer.from([0xfa, 0x31, 0xc0]), 0, 3, 0);
  }
  writeSync(file, randomBytes(4096), 0, 4096, mib);
  closeSync(file);
  return path;
}

/** The bytes of such a disk. */
export function diskBytes(folder: string, recipe: DiskRecipe = {}): Buffer {
  const path = diskFile(folder, recipe);
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}
