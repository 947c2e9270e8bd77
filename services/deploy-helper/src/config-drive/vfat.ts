import { createHash } from 'node:crypto';
import { Fault } from '@metalcast/domain';
import { ceilTo, leastConfigDriveBytes, mib } from '@metalcast/disk-image/table';
import type { DriveFile } from './content.js';
import { fat16Volume } from './fat16.js';

const maxBytes = 64 * mib;

/** Size in bytes of a drive for `files`, including the file system's own structures. Fault TOO_LARGE above 64 MiB. */
export function configDriveBytes(files: readonly DriveFile[]): number {
  const content = files.reduce((sum, file) => sum + ceilTo(file.content.length, 4096) + 4096, 0);
  const bytes = Math.max(leastConfigDriveBytes, ceilTo(content + mib, mib));
  if (bytes > maxBytes) {
    throw new Fault('TOO_LARGE', {
      reason: `The config drive would need ${bytes / mib} MiB; ${maxBytes / mib} MiB is the most.`,
    });
  }
  return bytes;
}

/**
 * The drive: a VFAT file system labelled `config-2`, up to its last byte in use; the rest is zeros. Equal files make
 * equal bytes. Pure.
 */
export function configDrive(files: readonly DriveFile[], length: number): Buffer {
  return fat16Volume(files, { label: 'config-2', id: volumeId(files), length });
}

function volumeId(files: readonly DriveFile[]): number {
  const hash = createHash('sha256');
  for (const { path, content } of files) {
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest().readUInt32LE();
}
