import { closeSync, openSync } from 'node:fs';
import { execa } from 'execa';
import { childOptions, type ChildOptions } from './child-options.js';
import { killGroup } from './process-group.js';

export interface DaemonOptions extends ChildOptions {
  /** File to which output is appended; without it lines go to `onLine`. */
  readonly logFile?: string;
  readonly onLine?: (line: string) => void;
  /** Leave it running when this process ends. */
  readonly outliveParent?: boolean;
}

export interface DaemonExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly spawnError?: string;
}

export interface Daemon {
  readonly pid: number | undefined;
  /** Resolves when the process has ended in any way; never rejects. */
  readonly ended: Promise<DaemonExit>;
  signal(signal: NodeJS.Signals): void;
  /** Asks the process to end, and kills its group when it has not ended after `graceMs`. Idempotent. */
  stop(graceMs: number, signal?: NodeJS.Signals): Promise<DaemonExit>;
}

/** Starts a long-running program, as leader of its own process group. */
export function startDaemon(
  command: string,
  args: readonly string[],
  options: DaemonOptions = {},
): Daemon {
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a', 0o640);
  const child = execa(command, args, {
    reject: false,
    detached: true,
    cleanup: options.outliveParent !== true,
    buffer: false,
    stdin: 'ignore',
    ...output(log, options.onLine),
    ...childOptions(options),
  });
  if (log !== undefined) {
    closeSync(log);
  }
  const ended = child.then((result) => ({
    exitCode: result.exitCode,
    signal: result.signal,
    ...(result.code === undefined ? {} : { spawnError: result.code }),
  }));
  if (options.outliveParent === true) {
    child.unref();
  }
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined) {
      killGroup(child.pid, name);
    }
  };
  return {
    pid: child.pid,
    ended,
    signal,
    async stop(graceMs, name = 'SIGTERM') {
      signal(name);
      const timer = setTimeout(() => {
        signal('SIGKILL');
      }, graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** The child gets the log file as a descriptor, so that it can still write after this process has ended. */
function output(log: number | undefined, onLine: DaemonOptions['onLine']): object {
  if (log !== undefined) {
    return { stdout: log, stderr: log };
  }
  if (onLine === undefined) {
    return { stdout: 'ignore', stderr: 'ignore' };
  }
  const tap = function* (line: unknown): Generator {
    onLine(String(line));
    yield line;
  };
  return { stdout: tap, stderr: tap };
}
