// What is no bootable disk is refused when it is uploaded, by its name and with what to do.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diskBytes, diskFile, gptTable, mbrTable } from './disk-files.js';
import { imageRig } from './image-rig.js';

const rig = imageRig();
const mib = 1024 * 1024;

/** The standard output of a tool that reads a good disk. */
const ofDisk = (command: string, ...args: string[]): Buffer =>
  execFileSync(command, [...args, diskFile(rig.folder)], { maxBuffer: 64 * mib });

const converted = (format: string): Buffer => {
  const from = diskFile(rig.folder);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', ...format.split(' '), from, `${from}.x`]);
  return readFileSync(`${from}.x`);
};

const withBytes = (at: number, bytes: string, disk = diskBytes(rig.folder)): Buffer => {
  disk.write(bytes, at, 'latin1');
  return disk;
};

const unfit: [string, () => Buffer, RegExp][] = [
  ['gzip', () => ofDisk('gzip', '-c'), /compressed with gzip: unpack it first \(gzip -d FILE\)/],
  ['xz', () => ofDisk('xz', '-c'), /compressed with xz: unpack it first \(xz -d FILE\)/],
  ['zstd', () => ofDisk('zstd', '-qc'), /compressed with zstd/],
  ['bzip2', () => ofDisk('bzip2', '-c'), /compressed with bzip2/],
  ['lz4', () => ofDisk('lz4', '-qc'), /compressed with lz4/],
  ['lzma', () => ofDisk('xz', '--format=lzma', '-c'), /compressed with lzma/],
  ['tar', () => ofDisk('tar', '-cPf', '-'), /is a tar archive/],
  ['zip', () => Buffer.from('PK\x03\x04rest of it, not read', 'latin1'), /is a zip archive/],
  ['7z', () => Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1'), /is a 7z archive/],
  ['cpio', () => Buffer.from('07070100000000'), /is a cpio archive/],
  ['VMDK', () => converted('vmdk'), /is VMDK: convert it first/],
  ['VHD', () => converted('vpc'), /is VHD: convert/],
  ['VHD of fixed size', () => converted('vpc -o subformat=fixed'), /is VHD: convert/],
  ['VHDX', () => converted('vhdx'), /is VHDX: convert/],
  ['VDI', () => converted('vdi'), /is VDI: convert/],
  ['ISO 9660', () => withBytes(0x8001, 'CD001'), /is an ISO 9660 image/],
  ['HTML', () => Buffer.from('<!DOCTYPE html>\n<title>404</title>'), /is HTML: its download/],
  ['XML', () => Buffer.from('<?xml version="1.0"?><Error/>'), /is XML/],
  ['JSON', () => Buffer.from('{"error": "no such file"}'), /is JSON/],
  ['plain text', () => Buffer.from('Not Found\n'), /is plain text/],
  ['zeros', () => Buffer.alloc(2 * mib), /neither a boot loader nor a partition table/],
  [
    'an empty table',
    () => diskBytes(rig.folder, { table: 'label: dos\n', bootCode: false }),
    /neither a boot loader nor/,
  ],
  [
    'a bare file system',
    () => withBytes(1080, '\x53\xef', diskBytes(rig.folder, { table: '', bootCode: false })),
    /is a bare file system \(ext2, ext3 or ext4\)/,
  ],
  [
    'a damaged GPT',
    () => withBytes(1024 + 200, 'x', diskBytes(rig.folder, { table: gptTable })),
    /its GUID partition table is damaged: repair it/,
  ],
  [
    'a GPT for sectors of 4096 bytes',
    () => {
      const disk = diskBytes(rig.folder, { table: gptTable });
      disk.copy(disk, 4096, 512, 1024);
      return disk.fill(0, 512, 1024);
    },
    /made for disks with sectors of 4096 bytes/,
  ],
  [
    'one that was cut off',
    () => diskBytes(rig.folder).subarray(0, 1.5 * mib),
    /was cut off: its partitions end at byte 2097152, and the disk at byte 1572864/,
  ],
];

test.each(unfit)('%s declared as raw is refused', async (_, make, why) => {
  const id = await rig.newImage({ disk_format: 'raw', container_format: 'bare' });
  const answer = await rig.upload(id, make());
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toMatch(why);
  expect((await rig.show(id)).status).toBe('queued');
  expect(rig.incoming()).toEqual([]);
});

test.each([
  ['an empty disk', () => Buffer.alloc(4 * mib), /its disk has neither a boot loader/],
  ['an xz in a qcow2', () => ofDisk('xz', '-c'), /its disk is compressed with xz/],
  [
    'a damaged GPT in a qcow2',
    () => withBytes(1024 + 200, 'x', diskBytes(rig.folder, { table: gptTable })),
    /GUID partition table is damaged/,
  ],
])('%s in qcow2 is refused', async (_, make, why) => {
  const id = await rig.newImage({ disk_format: 'qcow2', container_format: 'bare' });
  const answer = await rig.upload(id, rig.qcow2Of(make()));
  expect(answer.body.error.message).toMatch(why);
  expect(answer.status).toBe(400);
});

test('an HTML page is no kernel, but gzip is a ramdisk', async () => {
  const page = await rig.newImage({ disk_format: 'aki', container_format: 'aki' });
  const answer = await rig.upload(page, Buffer.from('<html>not found</html>'));
  expect(answer.body.error.message).toMatch(/declared as aki, but is HTML/);
  const ramdisk = await rig.newImage({ disk_format: 'ari', container_format: 'ari' });
  expect((await rig.upload(ramdisk, ofDisk('gzip', '-c'))).status).toBe(204);
});

test.each(['raw', 'qcow2'])('what is found in a %s image is shown', async (format) => {
  const path = diskFile(rig.folder, { table: gptTable, sizeMb: 6 });
  const bytes = readFileSync(path);
  const id = await rig.newImage({ disk_format: format, container_format: 'bare' });
  const sent = format === 'raw' ? bytes : rig.qcow2Of(bytes);
  expect((await rig.upload(id, sent)).status).toBe(204);
  expect(await rig.show(id)).toMatchObject({
    virtual_size: 6 * mib,
    metalcast_partition_table: 'gpt',
    metalcast_partition_table_copy: 'sound',
    metalcast_sector_bytes: 512,
    metalcast_partitions: 2,
    metalcast_free_entries: 126,
    metalcast_last_partition: 2,
    metalcast_firmware: 'bios, uefi',
  });
});

test('the tables of an MBR disk: free entries, the last partition, no firmware known', async () => {
  const table = `${mbrTable}start=6144,size=1024,type=83\nstart=4096,size=1024,type=83\n`;
  const id = await rig.newImage({ disk_format: 'raw', container_format: 'bare' });
  const disk = diskBytes(rig.folder, { table, bootCode: false });
  expect((await rig.upload(id, disk)).status).toBe(204);
  expect(await rig.show(id)).toMatchObject({
    metalcast_partition_table: 'mbr',
    metalcast_partition_table_copy: null,
    metalcast_free_entries: 1,
    metalcast_last_partition: 2,
    metalcast_firmware: 'unknown',
  });
});

test('the facts are read-only', async () => {
  const id = await rig.newImage({ disk_format: 'raw', container_format: 'bare' });
  const answer = await rig.patch(id, [
    { op: 'add', path: '/metalcast_partition_table', value: 'gpt' },
  ]);
  expect(answer.status).toBe(403);
});
