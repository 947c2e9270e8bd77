import { run, type RunOptions, type RunResult } from '@metalcast/exec';

/** Quotes a value for QEMU's option lists. */
export const quoted = (value: string): string => value.replaceAll(',', ',,');

/** For short, local work. Writing to a node is limited by its progress instead. */
const localTimeoutMs = 600_000;
/** The map of a fragmented image has a line for each of its extents. */
const mostOutput = { keepBytes: 64 * 1024 ** 2, beyond: 'kill' } as const;

/**
 * Runs qemu-img so that it ends when this process ends, even by a kill: a writer that outlived its helper would go on
 * unsupervised.
 */
export function runQemu(
  args: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  return run('setpriv', ['--pdeathsig', 'KILL', 'qemu-img', ...args], {
    timeoutMs: localTimeoutMs,
    ...options,
  });
}

/** Runs it on local files. Returns its standard output, or throws an Error with its last output. */
export async function qemu(
  args: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<string> {
  const result = await runQemu(args, { output: mostOutput, ...options });
  if (result.exitCode !== 0) {
    options.signal?.throwIfAborted();
    const words = result.stderr.trim() || result.spawnError || `exit ${String(result.exitCode)}`;
    throw new Error(`qemu-img ${args[0] ?? ''}: ${words.slice(-500)}`);
  }
  return result.stdout;
}

export const withSignal = (signal: AbortSignal | undefined): Pick<RunOptions, 'signal'> =>
  signal === undefined ? {} : { signal };
