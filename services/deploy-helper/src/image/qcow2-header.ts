import { open } from 'node:fs/promises';

const magic = 0x514649fb;
const headerBytes = 80;
const externalDataFile = 1 << 2;

/** Whether the file is a qcow2 image that names a backing or an external data file (QEMU docs/interop/qcow2). */
export async function refersElsewhere(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(headerBytes);
    // Where the file ends within its header QEMU reads zeros, as they are here.
    await file.read(header, 0, headerBytes, 0);
    if (header.readUInt32BE(0) !== magic) {
      return false;
    }
    const backingFileOffset = header.readBigUInt64BE(8);
    const incompatible = header.readUInt32BE(4) >= 3 ? header.readUInt32BE(76) : 0;
    return backingFileOffset !== 0n || (incompatible & externalDataFile) !== 0;
  } finally {
    await file.close();
  }
}
