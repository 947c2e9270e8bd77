const cluster = 65_536;
const copied = 1n << 63n;
/** Cluster numbers in the file; the L1 table takes eight. */
const at = { refcountTable: 1, refcounts: 2, l1: 3, l2: 11, end: 12 } as const;
const l1Entries = 65_536;
const l2Entries = cluster / 8;

const offsetOf = (clusterNumber: number): bigint => BigInt(clusterNumber * cluster);

/**
 * A qcow2 image of 768 KiB on which `qemu-img check` prints a line for each of 2^29 entries: all of the L1 table's
 * entries name the same L2 table, and none of its entries is aligned.
 */
export function aFloodingQcow2(): Buffer {
  const bytes = Buffer.alloc(at.end * cluster);
  writeHeader(bytes);
  bytes.writeBigUInt64BE(offsetOf(at.refcounts), at.refcountTable * cluster);
  for (let index = 0; index < at.end; index += 1) {
    bytes.writeUInt16BE(1, at.refcounts * cluster + 2 * index);
  }
  for (let index = 0; index < l1Entries; index += 1) {
    bytes.writeBigUInt64BE(offsetOf(at.l2) | copied, at.l1 * cluster + 8 * index);
  }
  for (let index = 0; index < l2Entries; index += 1) {
    bytes.writeBigUInt64BE((offsetOf(at.l2) + 512n) | copied, at.l2 * cluster + 8 * index);
  }
  return bytes;
}

/** QEMU: docs/interop/qcow2.txt, version 3. */
function writeHeader(bytes: Buffer): void {
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(l1Entries) * BigInt(l2Entries) * BigInt(cluster), 24);
  bytes.writeUInt32BE(l1Entries, 36);
  bytes.writeBigUInt64BE(offsetOf(at.l1), 40);
  bytes.writeBigUInt64BE(offsetOf(at.refcountTable), 48);
  bytes.writeUInt32BE(1, 56);
  bytes.writeUInt32BE(4, 96);
  bytes.writeUInt32BE(104, 100);
}
