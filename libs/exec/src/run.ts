import { execa } from 'execa';
import { childOptions, type ChildOptions } from './child-options.js';
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
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when the child was ended by a signal or could not be started. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly aborted: boolean;
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
  const output = (): unknown =>
    options.onLine === undefined ? 'pipe' : ['pipe', lineTap(options.onLine)];
  const child = execa(command, args, {
    reject: false,
    detached: true,
    cleanup: true,
    stripFinalNewline: false,
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      output(),
      output(),
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
      stdout: textOf(result.stdout),
      stderr: textOf(result.stderr),
      exitCode: result.exitCode,
      timedOut,
      aborted,
      ...(result.code === undefined ? {} : { spawnError: result.code }),
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** A pass-through that reports lines, also those of a progress display that end in a carriage return. */
function lineTap(onLine: (line: string) => void): object {
  let rest = '';
  const decoder = new TextDecoder();
  return {
    binary: true,
    *transform(chunk: Uint8Array) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      lines.filter((line) => line !== '').forEach(onLine);
      yield chunk;
    },
    *final(): Generator<Uint8Array> {
      if (rest !== '') {
        onLine(rest);
      }
    },
  };
}

/** Absent when the program could not be started at all. */
const textOf = (output: unknown): string => (typeof output === 'string' ? output : '');
