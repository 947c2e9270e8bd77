import { open } from 'node:fs/promises';
import { run } from '@metalcast/exec';

const sector = 512;
const tableAt = 446;
const entryBytes = 16;
const entryStart = 8;
/** Offset of the label in a FAT12 or FAT16 file system. */
const labelAt = 43;
const label = 'config-2';
const timeoutMs = 10_000;

/** Reads a text file of the config drive on a disk with an MBR; undefined when it is missing. */
export async function configDriveFile(disk: string, path: string): Promise<string | undefined> {
  const offset = await configDriveAt(disk);
  if (offset === undefined) {
    return undefined;
  }
  const image = `${disk}@@${offset}`;
  const { exitCode, stdout } = await run('mtype', ['-i', image, `::${path}`], {
    timeoutMs,
    env: { MTOOLS_SKIP_CHECK: '1' },
    output: { keepBytes: 16 * 1024 ** 2, beyond: 'kill' },
  });
  return exitCode === 0 ? stdout : undefined;
}

/** Offset of the partition in bytes. */
async function configDriveAt(disk: string): Promise<number | undefined> {
  const handle = await open(disk, 'r');
  try {
    const bytes = async (length: number, at: number): Promise<Buffer> =>
      (await handle.read(Buffer.alloc(length), 0, length, at)).buffer;
    const table = await bytes(sector, 0);
    for (let index = 0; index < 4; index += 1) {
      const start = table.readUInt32LE(tableAt + index * entryBytes + entryStart) * sector;
      const name = start === 0 ? '' : (await bytes(label.length, start + labelAt)).toString();
      if (name === label) {
        return start;
      }
    }
    return undefined;
  } finally {
    await handle.close();
  }
}
