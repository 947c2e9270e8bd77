import { open } from 'node:fs/promises';
import { Fault } from '@metalcast/domain';
import { run } from '@metalcast/exec';
import { z } from 'zod';
import type { DiskFormat } from '../images/image.schema.js';

/** The first bytes of other formats, for files that are declared as raw. */
const magics: readonly { readonly format: string; readonly at: number; readonly bytes: string }[] =
  [
    { format: 'qcow2', at: 0, bytes: 'QFI\xfb' },
    { format: 'qed', at: 0, bytes: 'QED\0' },
    { format: 'vmdk', at: 0, bytes: 'KDMV' },
    { format: 'vmdk', at: 0, bytes: 'COWD' },
    { format: 'vmdk', at: 0, bytes: '# Disk DescriptorFile' },
    { format: 'vpc', at: 0, bytes: 'conectix' },
    { format: 'vhdx', at: 0, bytes: 'vhdxfile' },
    { format: 'vdi', at: 0x40, bytes: '\x7f\x10\xda\xbe' },
    { format: 'parallels', at: 0, bytes: 'WithoutFreeSpace' },
    { format: 'parallels', at: 0, bytes: 'WithouFreSpacExt' },
    { format: 'luks', at: 0, bytes: 'LUKS\xba\xbe' },
  ];

const headBytes = 512;
const qemuImgTimeoutMs = 30_000;
/** qemu-img parses users' files: its memory, time and files are limited. */
const limits = ['--as=1073741824', '--cpu=30', '--fsize=0'];

/**
 * Checks that the file has the declared format, is complete, and needs no other file. Returns the size of its disk in
 * bytes. Fault BAD_REQUEST with the reason.
 */
export async function inspectImage(
  path: string,
  declared: DiskFormat,
  size: number,
): Promise<number> {
  const head = await readHead(path);
  const found = magics.find(
    ({ at, bytes }) => head.toString('latin1', at, at + bytes.length) === bytes,
  );
  if (declared === 'qcow2') {
    if (found?.format !== 'qcow2') {
      throw refused(`it is declared as qcow2, but is ${found?.format ?? 'something else'}`);
    }
    checkQcow2Header(head);
    const virtualSize = await qcow2VirtualSize(path);
    await checkQcow2Clusters(path);
    return virtualSize;
  }
  if (found !== undefined) {
    throw refused(`it is declared as ${declared}, but is ${found.format}`);
  }
  return size;
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(headBytes);
    await file.read(head, 0, headBytes, 0);
    return head;
  } finally {
    await file.close();
  }
}

const corrupt = 1n << 1n;
const externalData = 1n << 2n;
/** Dirty, corrupt, external data file, compression type, extended L2: the features of QEMU 7.2. */
const knownFeatures = 0b11111n;

/** Runs before any other program opens the file (QEMU: docs/interop/qcow2.txt). */
function checkQcow2Header(head: Buffer): void {
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

const info = z.object({
  format: z.string(),
  'virtual-size': z.int().positive(),
  'backing-filename': z.never().optional(),
  'full-backing-filename': z.never().optional(),
  'format-specific': z.object({ data: z.object({ 'data-file': z.never().optional() }) }).optional(),
});

async function qcow2VirtualSize(path: string): Promise<number> {
  const { exitCode, stdout } = await qemuImg('info', path);
  if (exitCode !== 0) {
    throw refused('qemu-img cannot read it');
  }
  const parsed = info.safeParse(parseJson(stdout));
  if (!parsed.success || parsed.data.format !== 'qcow2') {
    throw refused('it is no qcow2 image that stands alone');
  }
  return parsed.data['virtual-size'];
}

/** Exit codes of `qemu-img check`: complete; with missing or wrong clusters; with unused clusters. */
const checked = { whole: 0, damaged: 2, leaks: 3 } as const;

/** A truncated file opens like any other, and its missing end reads as zeros. */
async function checkQcow2Clusters(path: string): Promise<void> {
  const { exitCode } = await qemuImg('check', path);
  if (exitCode === checked.damaged) {
    throw refused('it is damaged: qemu-img check finds errors in it');
  }
  if (exitCode !== checked.whole && exitCode !== checked.leaks) {
    throw refused('qemu-img cannot check it within its limits of time and memory');
  }
}

async function qemuImg(
  action: 'info' | 'check',
  path: string,
): Promise<{ exitCode: number | undefined; stdout: string }> {
  const command = ['qemu-img', action, '--output=json', '-f', 'qcow2', path];
  const { exitCode, stdout, stderr, spawnError } = await run(
    'prlimit',
    [...limits, '--', ...command],
    { timeoutMs: qemuImgTimeoutMs },
  );
  if (spawnError !== undefined || stderr.includes('failed to execute')) {
    throw new Fault('UNAVAILABLE', { reason: 'qemu-img is not installed beside the api.' });
  }
  return { exitCode, stdout };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refused = (why: string): Fault =>
  new Fault('BAD_REQUEST', { reason: `The image was refused: ${why}.` });
