import { run, type RunOptions, type RunResult } from '@metalcast/exec';

/** Quotes a value for QEMU's option lists. */
export const quoted = (value: string): string => value.replaceAll(',', ',,');

/** Short, local work; what is written to a node is bounded by its progress instead. */
const localTimeoutMs = 600_000;

/**
 * Runs qemu-img, which ends when this process does, however that dies: a writer that outlived
 * its helper would go on by itself.
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

/** Runs it on local files; its standard output, or an Error with its last words. */
export async function qemu(
  args: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<string> {
  const result = await runQemu(args, options);
  if (result.exitCode !== 0) {
    options.signal?.throwIfAborted();
    const words = result.stderr.trim() || result.spawnError || `exit ${String(result.exitCode)}`;
    throw new Error(`qemu-img ${args[0] ?? ''}: ${words.slice(-500)}`);
  }
  return result.stdout;
}

export const withSignal = (signal: AbortSignal | undefined): Pick<RunOptions, 'signal'> =>
  signal === undefined ? {} : { signal };
