// The tiny test image: a whole disk with one FAT partition that holds boot loaders for BIOS and UEFI, kernel and the
// system, which runs from memory. FAT, because syslinux and mtools fill it without mounting, so without privileges.
import { copyFile, cp, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow } from './files-below.mjs';
import { copyModules } from './modules.mjs';
import { addScripts, packRoot, startRoot } from './root-tree.mjs';
import { tool } from './tool.mjs';

const MIB = 1024 * 1024;
const SECTOR = 512;
const START = MIB;
const SIZE = 31 * MIB;
/** mtools writes no time of day then: equal input, equal image. */
const timeless = { env: { SOURCE_DATE_EPOCH: '0' } };

export async function buildTestImage({ source, tree, release, scratch, out }) {
  const root = path.join(scratch, 'test-root');
  await startRoot(root, tree);
  await copyModules({
    listFile: path.join(source, 'modules.txt'),
    image: 'test',
    tree,
    release,
    root,
  });
  await addScripts(root, path.join(source, 'test-image/root'));
  const boot = path.join(scratch, 'boot');
  await mkdir(boot);
  await packRoot(root, path.join(boot, 'system'));
  await copyFile(path.join(tree, `boot/vmlinuz-${release}`), path.join(boot, 'kernel'));
  await cp(path.join(source, 'test-image/boot'), boot, { recursive: true });
  await mkdir(path.join(boot, 'EFI/BOOT'), { recursive: true });
  const loader = path.join(tree, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi');
  await copyFile(loader, path.join(boot, 'EFI/BOOT/BOOTX64.EFI'));
  const partition = await fatPartition(scratch, boot);
  const raw = path.join(scratch, 'test-image.raw');
  await assemble(raw, partition, await readFile(path.join(tree, 'usr/lib/syslinux/mbr/mbr.bin')));
  await tool('qemu-img', ['convert', '-c', '-O', 'qcow2', raw, path.join(out, 'test-image.qcow2')]);
}

async function fatPartition(scratch, boot) {
  const file = path.join(scratch, 'partition.fat');
  await rm(file, { force: true });
  const options = ['--invariant', '-F', '16', '-n', 'SYSTEM', '-h', String(START / SECTOR)];
  await tool('mkfs.vfat', [...options, '-C', file, String(SIZE / 1024)]);
  for (const folder of ['EFI', 'EFI/BOOT', 'loader', 'loader/entries']) {
    await tool('mmd', ['-i', file, `::${folder}`], timeless);
  }
  for (const below of (await filesBelow(boot)).map((each) => path.relative(boot, each))) {
    await tool('mcopy', ['-i', file, path.join(boot, below), `::${below}`], timeless);
  }
  await tool('syslinux', ['--install', file], timeless);
  return file;
}

async function assemble(raw, partition, loader) {
  await writeFile(raw, loader.subarray(0, 440));
  const disk = await open(raw, 'r+');
  try {
    await disk.write(partitionTable(), 0, SECTOR - 440, 440);
    await disk.write(await readFile(partition), 0, SIZE, START);
  } finally {
    await disk.close();
  }
}

/**
 * The MBR from byte 440: disk signature, one partition, active for a BIOS and an EFI system partition for UEFI, the
 * mark at the end.
 */
function partitionTable() {
  const table = Buffer.alloc(SECTOR - 440);
  table.writeUInt32LE(0x4d43_0001, 0);
  const entry = table.subarray(6, 22);
  entry[0] = 0x80;
  entry.set([0xfe, 0xff, 0xff], 1);
  entry[4] = 0xef;
  entry.set([0xfe, 0xff, 0xff], 5);
  entry.writeUInt32LE(START / SECTOR, 8);
  entry.writeUInt32LE(SIZE / SECTOR, 12);
  table.writeUInt16LE(0xaa55, SECTOR - 440 - 2);
  return table;
}
