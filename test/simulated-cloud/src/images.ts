import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const mib = 1024 * 1024;
const sector = 512;
const tableAt = 446;
const signatureAt = 510;
const linux = 0x83;

/** A whole-disk image: an MBR with one partition of random data, from 1 MiB on. */
export function makeRawImage(file: string, dataMb: number): void {
  const mbr = Buffer.alloc(sector);
  mbr[tableAt] = 0x80;
  mbr[tableAt + 4] = linux;
  mbr.writeUInt32LE(mib / sector, tableAt + 8);
  mbr.writeUInt32LE((dataMb * mib) / sector, tableAt + 12);
  mbr.writeUInt16LE(0xaa55, signatureAt);
  const image = openSync(file, 'w');
  ftruncateSync(image, (1 + dataMb) * mib);
  writeSync(image, mbr, 0, sector, 0);
  for (let at = 1; at <= dataMb; at += 1) {
    writeSync(image, randomBytes(mib), 0, mib, at * mib);
  }
  closeSync(image);
}
