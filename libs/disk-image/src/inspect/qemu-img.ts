// qemu-img on files of users, within limits.
import { createReadStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Fault } from '@metalcast/domain';
import { run } from '@metalcast/exec';

const timeoutMs = 30_000;
/** Of each output: the description of an image with many snapshots fits, and an upload costs the api no more. */
const keepBytes = 256 * 1024;

/** Exit codes of prlimit when it cannot start the program. */
const notStarted: readonly (number | undefined)[] = [126, 127];

/** Ends of qemu-img's messages: troubles of this host, not of the image. */
const passing =
  /: (Cannot allocate memory|No space left on device|Disk quota exceeded|Too many open files( in system)?|Permission denied|Resource temporarily unavailable|No such file or directory|Stale file handle|Read-only file system)$/m;
const readError = /: Input\/output error$/m;

export interface QemuImgExit {
  /** Undefined when qemu-img was ended because it printed too much. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/**
 * Runs qemu-img for the image at `path`. A bad exit that is returned is the image's fault, at every attempt. Fault
 * UNAVAILABLE when qemu-img reached no verdict: it is missing, was killed, met its limits, or could not read or write.
 */
export async function qemuImg(
  path: string,
  args: readonly string[],
  writtenBytes = 0,
): Promise<QemuImgExit> {
  const limits = ['--as=1073741824', '--cpu=30', `--fsize=${writtenBytes}`];
  const result = await run('prlimit', [...limits, '--', 'qemu-img', ...args], {
    timeoutMs,
    env: { LC_ALL: 'C' },
    output: { keepBytes, beyond: 'kill' },
  });
  const { exitCode, stdout, stderr, spawnError, overflowed } = result;
  if (spawnError !== undefined || notStarted.includes(exitCode)) {
    throw new Fault('UNAVAILABLE', { reason: 'qemu-img is not installed on this host.' });
  }
  const action = args[0] ?? '';
  if (exitCode === undefined && !overflowed) {
    throw noVerdict(action, 'it was ended before');
  }
  const [words] = passing.exec(stderr) ?? [];
  if (exitCode === 1 && words !== undefined) {
    throw noVerdict(action, words.slice(2));
  }
  if (exitCode === 1 && readError.test(stderr)) {
    await requireReadable(path, action);
  }
  return { exitCode, stdout };
}

const noVerdict = (action: string, why: string, cause?: unknown): Fault =>
  new Fault(
    'UNAVAILABLE',
    { reason: `qemu-img ${action} came to no verdict on the image (${why}): try again later.` },
    { cause },
  );

/** QEMU reports damaged compressed data as a read error too: only a file that can be read is damaged. */
async function requireReadable(path: string, action: string): Promise<void> {
  try {
    await finished(createReadStream(path).resume());
  } catch (cause) {
    throw noVerdict(action, 'its file cannot be read', cause);
  }
}
