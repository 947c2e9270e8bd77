import { Fault } from '@metalcast/domain';
import { sourcesOf, type ComposedDisk } from './compose-disk.js';
import type { Extent } from '@metalcast/disk-image/table';
import { quoted, runQemu } from './qemu-img.js';
import { percentOf } from './write-progress.js';

/** A node's disk, offered by its ramdisk. */
export interface IscsiTarget {
  /** address:port */
  readonly portal: string;
  readonly iqn: string;
  readonly lun: number;
  readonly user: string;
  readonly secret: string;
  /** The disk reads as zeros; otherwise it may hold any data. */
  readonly zeroed: boolean;
}

export interface WriteOptions {
  readonly node: string;
  /** For work files; it belongs to the caller. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Gets the share of the work that is done, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** The last resort. The deployment's deadline follows the progress and normally ends a stalled write. */
const lastResortMs = 7 * 24 * 3_600_000;

/**
 * Writes the whole disk over iSCSI in user space and flushes it. Zeros are written too unless the disk reads as zeros
 * already. The CHAP secret is passed by a file descriptor.
 * Faults: TARGET_REFUSED, WRITE_FAILED with QEMU's words. Idempotent.
 */
export async function writeDisk(
  disk: ComposedDisk,
  target: IscsiTarget,
  { node, folder, signal, onProgress }: WriteOptions,
): Promise<void> {
  const extent = { offset: 0, length: disk.bytes };
  let share = 0;
  const args = [
    ...['convert', '-n', '-p', '-W', '-m', '8', '-t', 'writeback'],
    ...(target.zeroed ? ['--target-is-zero'] : []),
    ...['--object', 'secret,id=chap,file=/dev/fd/3', '--image-opts', '--target-image-opts'],
    ...(await sourcesOf(disk, folder)),
    remote(target, extent),
  ];
  const result = await runQemu(args, {
    timeoutMs: lastResortMs,
    secret: target.secret,
    signal,
    onLine: (line) => {
      const percent = percentOf(line);
      if (percent !== undefined) {
        share = percent / 100;
        onProgress(share);
      }
    },
  });
  signal.throwIfAborted();
  if (result.exitCode !== 0) {
    throw writeFault(node, share, result.stderr || result.spawnError || 'killed');
  }
}

function remote({ portal, iqn, lun, user }: IscsiTarget, { offset, length }: Extent): string {
  return [
    'driver=raw',
    `offset=${offset}`,
    `size=${length}`,
    'file.driver=iscsi',
    'file.transport=tcp',
    `file.portal=${quoted(portal)}`,
    `file.target=${quoted(iqn)}`,
    `file.lun=${lun}`,
    `file.user=${quoted(user)}`,
    'file.password-secret=chap',
  ].join(',');
}

const refusals = /authentication failure|target not found|not authorized|authorization failure/i;

/** The fault for a failed qemu-img, from its output. */
export function writeFault(node: string, share: number, stderr: string): Fault {
  const evidence = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && percentOf(line) === undefined)
    .slice(-20);
  const reason = (evidence.at(-1) ?? 'qemu-img said nothing').slice(-300);
  if (refusals.test(stderr)) {
    return new Fault('TARGET_REFUSED', { node, reason }, { evidence });
  }
  return new Fault(
    'WRITE_FAILED',
    { node, percent: Math.floor(share * 100), reason },
    { evidence },
  );
}
