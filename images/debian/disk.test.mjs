import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  openSync,
  closeSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskGib, partitions } from './root/layout.mjs';
import { buildDisk } from './disk/build.mjs';

const sector = 512;
const mark = 'what was there before';
const core = Buffer.alloc(20 * sector, 'core');
const boot = Buffer.alloc(sector, 'boot');

let folder;
const disks = {};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'debian-disk-'));
  writeFileSync(join(folder, 'boot.img'), boot);
  writeFileSync(join(folder, 'core.img'), core);
  const disk = join(folder, 'disk.raw');
  writeFileSync(disk, '');
  for (const { at } of [partitions.esp, partitions.root]) {
    truncateSync(disk, at);
    writeFileSync(disk, mark, { flag: 'a' });
  }
  truncateSync(disk, diskGib * 1024 ** 3);
  disks.gpt = await built('gpt');
  disks.mbr = await built('mbr');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function built(table) {
  const image = join(folder, `${table}.qcow2`);
  await buildDisk({ table, root: folder, image });
  const raw = join(folder, `built-${table}.raw`);
  execFileSync('qemu-img', ['convert', '-O', 'raw', image, raw]);
  return raw;
}

function bytes(file, at, length) {
  const found = Buffer.alloc(length);
  const from = openSync(file, 'r');
  readSync(from, found, 0, length, at);
  closeSync(from);
  return found;
}

/** Follows the two pointers with which a BIOS comes from the first sector to the whole of GRUB. */
function grubOf(disk) {
  const first = bytes(disk, 0, sector);
  const at = Number(first.readBigUInt64LE(0x5c)) * sector;
  const next = Number(bytes(disk, at, sector).readBigUInt64LE(0x1f4)) * sector;
  return { first, at, next };
}

const partitionsOf = (disk) =>
  JSON.parse(execFileSync('sfdisk', ['--json', disk])).partitiontable.partitions;

describe.each(['gpt', 'mbr'])('%s', (table) => {
  test('root is the last partition; the file systems keep their content', () => {
    const disk = disks[table];
    const starts = partitionsOf(disk).map(({ start }) => start * sector);
    expect(Math.max(...starts)).toBe(partitions.root.at);
    expect(starts).toContain(partitions.esp.at);
    for (const { at } of [partitions.esp, partitions.root]) {
      expect(bytes(disk, at, mark.length).toString()).toBe(mark);
    }
  });

  test('GRUB lies outside of every file system, in one piece, and is found from the first sector', () => {
    const disk = disks[table];
    const { first, at, next } = grubOf(disk);
    expect(first.subarray(0, 0x5c)).toEqual(boot.subarray(0, 0x5c));
    expect(next).toBe(at + sector);
    expect(bytes(disk, next, core.length - sector)).toEqual(core.subarray(sector));
    expect(at + core.length).toBeLessThanOrEqual(partitions.esp.at);
  });
});

test('a GPT gives GRUB a partition, and its copy ends the disk', () => {
  const { at } = grubOf(disks.gpt);
  const grub = partitionsOf(disks.gpt).find(({ start }) => start * sector === at);
  expect(grub.type).toBe('21686148-6449-6E6F-744E-656564454649');
  expect(bytes(disks.gpt, diskGib * 1024 ** 3 - sector, 8).toString()).toBe('EFI PART');
});

test('an MBR leaves two entries for swap and the config drive', () => {
  const entries = [0, 1, 2, 3].map((i) => bytes(disks.mbr, 446 + 16 * i, 16));
  expect(entries.filter((entry) => entry.every((byte) => byte === 0))).toHaveLength(2);
});
