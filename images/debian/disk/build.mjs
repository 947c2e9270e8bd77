import { execFileSync } from 'node:child_process';
import { copyFile, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { tool } from '../../../ramdisk/build/tool.mjs';
import { firstSector, placedCore } from './bios-grub.mjs';
import { tables } from './tables.mjs';

/**
 * Makes a disk image of what root/build.sh has left in the folder `root`: with a partition table, and GRUB for BIOS
 * where the table has a place for it. No loop device, no mount.
 */
export async function buildDisk({ table, root, image }) {
  const { script, coreAt } = tables[table];
  const raw = `${image}.raw`;
  await tool('cp', ['--sparse=always', path.join(root, 'disk.raw'), raw]);
  const keepData = ['--wipe=never', '--wipe-partitions=never'];
  execFileSync('sfdisk', ['--quiet', ...keepData, raw], {
    input: `${script.join('\n')}\n`,
    stdio: 'pipe',
  });
  const disk = await open(raw, 'r+');
  try {
    await disk.write(firstSector(await readFile(path.join(root, 'boot.img')), coreAt), {
      position: 0,
    });
    await disk.write(placedCore(await readFile(path.join(root, 'core.img')), coreAt), {
      position: coreAt,
    });
  } finally {
    await disk.close();
  }
  await tool('qemu-img', ['convert', '-c', '-W', '-O', 'qcow2', raw, image]);
  await rm(raw);
}
