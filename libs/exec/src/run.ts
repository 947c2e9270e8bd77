import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { childOptions, type ChildOptions } from './child-options.js';
import { defaultOutputLimit, KeptOutput, type OutputLimit } from './kept-output.js';
import { LineReader } from './line-reader.js';
import { killGroup } from './process-group.js';
import { openSecret } from './secret-file.js';

export interface RunOptions extends ChildOptions {
  /** After this time the child and its descendants are killed. */
  readonly timeoutMs: number;
  readonly input?: string;
  /** Passed to the child as file descriptor 3, readable as `/dev/fd/3`; never in argv or environment. */
  readonly secret?: string;
  readonly signal?: AbortSignal;
  /** Called with each line of standard output and standard error when it arrives. */
  readonly onLine?: (line: string) => void;
  /** By default the last 64 KiB are kept. */
  readonly output?: OutputLimit;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when the child was ended by a signal or could not be started. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** More arrived than is kept. */
  readonly overflowed: boolean;
  /** Why it could not be started, e.g. ENOENT. */
  readonly spawnError?: string;
}

/**
 * Runs a program to its end and returns how it ended; a bad exit is a result, not an exception.
 * The child leads its own process group, which is killed on time-out and abort: otherwise a grandchild that holds the
 * pipes would keep the promise pending.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const secret = options.secret === undefined ? undefined : await openSecret(options.secret);
  try {
    return await runChild(command, args, options, secret?.fd);
  } finally {
    await secret?.close();
  }
}

async function runChild(
  command: string,
  args: readonly string[],
  options: RunOptions,
  secretFd: number | undefined,
): Promise<RunResult> {
  const child = execa(command, args, {
    reject: false,
    detached: true,
    cleanup: true,
    buffer: false,
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(secretFd === undefined ? [] : [secretFd]),
    ] as never,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...childOptions(options),
  });
  let timedOut = false;
  let aborted = options.signal?.aborted ?? false;
  const kill = (): void => {
    if (child.pid !== undefined) {
      killGroup(child.pid, 'SIGKILL');
    }
  };
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) =>
    keep(stream, options, kill),
  ) as [KeptOutput, KeptOutput];
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, options.timeoutMs);
  const onAbort = (): void => {
    aborted = true;
    kill();
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (aborted) {
    kill();
  }
  try {
    const result = await child;
    return {
      stdout: stdout.text(),
      stderr: stderr.text(),
      exitCode: result.exitCode,
      timedOut,
      aborted,
      overflowed: stdout.overflowed || stderr.overflowed,
      ...(result.code === undefined ? {} : { spawnError: result.code }),
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** Takes in what the child prints. Listens at once: an output that nobody reads is thrown away. */
function keep(stream: Readable, options: RunOptions, kill: () => void): KeptOutput {
  const { onLine, output = defaultOutputLimit } = options;
  const kept = new KeptOutput(output.keepBytes);
  const lines = onLine === undefined ? undefined : new LineReader(onLine, output.keepBytes);
  stream.on('data', (chunk: Uint8Array) => {
    kept.add(chunk);
    lines?.add(chunk);
    if (output.beyond === 'kill' && kept.overflowed) {
      kill();
    }
  });
  stream.once('end', () => lines?.end());
  return kept;
}
