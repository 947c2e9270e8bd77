import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mib } from './extent.js';
import { addPartitions, type Disk, type TableEdit } from './partition-table.js';
import { headBytes } from './table-facts.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'partition-table-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const diskBytes = 100 * mib + 512;
const wanted = [
  { role: 'swap1', length: 8 * mib },
  { role: 'config-2', length: 4 * mib },
] as const;

/** A sparse image of 40 MiB with the partitions that sfdisk makes of `script`. */
function image(name: string, script: string): { path: string; disk: Disk } {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  ftruncateSync(file, 40 * mib);
  closeSync(file);
  if (script !== '') {
    execFileSync('sfdisk', ['-q', path], { input: script });
  }
  const head = readFileSync(path).subarray(0, headBytes);
  return { path, disk: { head, bytes: diskBytes, image: 'i', node: 'n', seed: 's' } };
}

function written(path: string, edit: TableEdit): { label: string; partitions: SfdiskPartition[] } {
  const file = openSync(path, 'r+');
  ftruncateSync(file, diskBytes);
  for (const { offset, bytes } of edit.patches) {
    writeSync(file, bytes, 0, bytes.length, offset);
  }
  closeSync(file);
  const complaints = execFileSync('sfdisk', ['--verify', path], { stdio: 'pipe' }).toString();
  expect(complaints).not.toMatch(/corrupt|not on the end|mismatch|fixed/i);
  const json = execFileSync('sfdisk', ['--json', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  return (JSON.parse(json.toString()) as { partitiontable: ReturnType<typeof written> })
    .partitiontable;
}

interface SfdiskPartition {
  start: number;
  size: number;
  type: string;
  name?: string;
  bootable?: boolean;
}

describe('MBR', () => {
  test("swap and config drive go to the end, the image's partitions stay", () => {
    const { path, disk } = image('mbr', 'label: dos\n,20M,L,*\n');
    const edit = addPartitions(disk, wanted);
    expect(edit.placed).toEqual([
      { role: 'swap1', offset: 88 * mib, length: 8 * mib },
      { role: 'config-2', offset: 96 * mib, length: 4 * mib },
    ]);
    const { label, partitions } = written(path, edit);
    expect(label).toBe('dos');
    expect(partitions).toMatchObject([
      { start: 2048, size: 40960, type: '83', bootable: true },
      { start: 88 * 2048, size: 8 * 2048, type: '82' },
      { start: 96 * 2048, size: 4 * 2048, type: 'c' },
    ]);
  });

  test('the boot code and disk id stay', () => {
    const { disk } = image('mbr-code', 'label: dos\nlabel-id: 0xcafe4711\n,20M\n');
    const { patches } = addPartitions(disk, wanted);
    expect(patches[0]?.bytes.subarray(0, 446)).toEqual(disk.head.subarray(0, 446));
  });

  test('a full table is refused with numbers', () => {
    const { disk } = image('mbr-full', 'label: dos\n,2M\n,2M\n,2M\n,2M\n');
    expect(() => addPartitions(disk, wanted)).toThrow(/0 free places, swap1 and config-2 need 2/);
    const three = image('mbr-three', 'label: dos\n,2M\n,2M\n,2M\n');
    expect(() => addPartitions(three.disk, wanted)).toThrow(/1 free places/);
    expect(addPartitions(three.disk, wanted.slice(1)).placed).toHaveLength(1);
  });

  test('a disk beyond 2 TiB is used as far as the table reaches', () => {
    const { disk } = image('mbr-large', 'label: dos\n,20M\n');
    const edit = addPartitions({ ...disk, bytes: 3 * 2 ** 40 }, wanted.slice(1));
    expect(edit.placed[0]).toMatchObject({ offset: 2 ** 41 - 4 * mib });
  });

  test('no room behind the last partition', () => {
    const { disk } = image('mbr-room', 'label: dos\n,20M\n');
    expect(() => addPartitions({ ...disk, bytes: 32 * mib }, wanted)).toThrow(
      expect.objectContaining({
        code: 'DISK_TOO_SMALL',
        details: { node: 'n', diskMb: 32, neededMb: 33 },
      }),
    );
  });
});

describe('GPT', () => {
  test('partitions are added and the copy moves to the end', () => {
    const { path, disk } = image(
      'gpt',
      'label: gpt\n,1M,21686148-6449-6E6F-744E-656564454649\n,20M,L\n',
    );
    const edit = addPartitions(disk, wanted);
    expect(addPartitions(disk, wanted)).toEqual(edit);
    const { label, partitions } = written(path, edit);
    expect(label).toBe('gpt');
    expect(partitions).toMatchObject([
      { start: 2048, size: 2048 },
      { start: 4096, size: 40960 },
      { start: 87 * 2048, size: 8 * 2048, name: 'swap1' },
      { start: 95 * 2048, size: 4 * 2048, name: 'config-2' },
    ]);
  });

  test('the copy is moved even when nothing is added', () => {
    const { path, disk } = image('gpt-plain', 'label: gpt\n,20M,L\n');
    expect(written(path, addPartitions(disk, [])).partitions).toHaveLength(1);
  });

  test('a damaged table is refused', () => {
    const { disk } = image('gpt-damaged', 'label: gpt\n,20M,L\n');
    disk.head.writeUInt8(0x55, 2 * 512 + 42);
    expect(() => addPartitions(disk, wanted)).toThrow(/GUID partition table is damaged/);
  });
});

describe('no table', () => {
  test('is refused when something must be added', () => {
    const { disk } = image('none', '');
    expect(() => addPartitions(disk, wanted)).toThrow(
      expect.objectContaining({ code: 'IMAGE_UNSUITABLE' }),
    );
    expect(addPartitions(disk, [])).toEqual({ placed: [], patches: [] });
  });

  test('the boot sector of a bare file system is none', () => {
    const { path } = image('vfat', '');
    execFileSync('mkfs.vfat', [path], { stdio: 'ignore' });
    const head = readFileSync(path).subarray(0, headBytes);
    const disk = { head, bytes: diskBytes, image: 'i', node: 'n', seed: 's' };
    expect(() => addPartitions(disk, wanted)).toThrow(/no partition table/);
  });
});
