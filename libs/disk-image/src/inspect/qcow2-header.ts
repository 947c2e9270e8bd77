import { refused } from './refused.js';

const headerBytes = 512;
const corrupt = 1n << 1n;
const externalData = 1n << 2n;
/** Dirty, corrupt, external data file, compression type, extended L2: the features of QEMU 7.2. */
const knownFeatures = 0b11111n;

/**
 * Refuses images that do not stand alone. Runs before any other program opens the file (QEMU: docs/interop/qcow2.txt).
 * Fault BAD_REQUEST.
 */
export function checkQcow2Header(start: Buffer): void {
  // QEMU reads zeros where a file ends within its header.
  const head = Buffer.concat([start.subarray(0, headerBytes), Buffer.alloc(headerBytes)]);
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) {
    throw refused(`qcow2 version ${version} is unknown`);
  }
  if (head.readBigUInt64BE(8) !== 0n) {
    throw refused('it has a backing file');
  }
  if (head.readUInt32BE(32) !== 0) {
    throw refused('it is encrypted');
  }
  const features = version === 2 ? 0n : head.readBigUInt64BE(72);
  if ((features & externalData) !== 0n) {
    throw refused('its data is in an external file');
  }
  if ((features & corrupt) !== 0n || (features & ~knownFeatures) !== 0n) {
    throw refused('it is corrupt, or has features that are unknown');
  }
}
