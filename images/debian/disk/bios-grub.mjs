// Puts GRUB for BIOS on a disk image, as grub-bios-setup does, which wants a disk of this machine.
import { sector } from './tables.mjs';

/** Offsets in boot.img: the sector where core.img begins, and the jump of the test for a floppy disk. */
const KERNEL_SECTOR = 0x5c;
const DRIVE_CHECK = 0x66;
/** Offset in core.img's first sector, which loads the others: the sector where they begin. */
const NEXT_SECTOR = 0x1f4;
/** The first sector's code ends here; disk signature and partition table follow. */
export const CODE_BYTES = 440;

/**
 * @param {Buffer} boot boot.img
 * @param {number} coreAt byte where core.img lies on the disk
 * @returns {Buffer} the code of the disk's first sector
 */
export function firstSector(boot, coreAt) {
  const code = Buffer.from(boot.subarray(0, CODE_BYTES));
  code.writeBigUInt64LE(BigInt(coreAt / sector), KERNEL_SECTOR);
  // No jump: some BIOSes give a wrong drive number, which GRUB corrects for hard disks.
  code.fill(0x90, DRIVE_CHECK, DRIVE_CHECK + 2);
  return code;
}

/**
 * @param {Buffer} core core.img
 * @param {number} coreAt byte where it will lie on the disk
 * @returns {Buffer} core.img for this place
 */
export function placedCore(core, coreAt) {
  const placed = Buffer.from(core);
  placed.writeBigUInt64LE(BigInt(coreAt / sector + 1), NEXT_SECTOR);
  return placed;
}
