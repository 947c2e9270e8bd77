import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { startDaemon, type Daemon } from '@metalcast/exec';
import type { Account } from './account.js';
import { endProcess, killProcess } from './end-process.js';
import type { Ledger } from './ledger.js';
import { findMarked, markVariable } from './marked-processes.js';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';

export interface StartOptions {
  /** Unique among the ledger's processes; a new start under the same label replaces the old entry. */
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Network namespace; default: the caller's. */
  readonly namespace?: string | undefined;
  readonly account?: Account | undefined;
  /** Capabilities to keep, e.g. `net_admin`. Default: all as root, none under another account. */
  readonly capabilities?: readonly string[] | undefined;
  readonly stopSignal?: NodeJS.Signals;
  readonly graceMs?: number;
  /** `removeAll` stops it after the others, because others need it. */
  readonly ground?: boolean;
  /** `removeAll` ends it with SIGKILL, because its data is removed too. */
  readonly disposable?: boolean;
}

export interface StartedProcess {
  readonly identity: ProcessIdentity;
  readonly ended: Daemon['ended'];
}

/** Starts and records a program that outlives this command. Throws when the start fails. */
export async function startRecorded(
  ledger: Ledger,
  options: StartOptions,
): Promise<StartedProcess> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const { command, args } = wrappedCommand(options);
  const daemon = startDaemon(command, args, {
    logFile: options.logFile,
    outliveParent: true,
    env: { ...options.env, [markVariable]: ledger.markOf(options.label) },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const identity = daemon.pid === undefined ? undefined : identify(daemon.pid);
  if (identity === undefined) {
    const { spawnError, exitCode } = await daemon.ended;
    throw new Error(
      `${options.label} did not start: ${spawnError ?? `exit ${String(exitCode)}`}, see ${options.logFile}`,
    );
  }
  ledger.recordProcess({
    label: options.label,
    identity,
    stopSignal: options.stopSignal ?? 'SIGTERM',
    graceMs: options.graceMs ?? 10_000,
    ground: options.ground ?? false,
    disposable: options.disposable ?? false,
  });
  return { identity, ended: daemon.ended };
}

/** Ends the process of that label and all its children. Idempotent. */
export async function stopRecorded(ledger: Ledger, label: string): Promise<void> {
  const recorded = ledger.process(label);
  if (recorded !== undefined) {
    await endProcess(recorded.identity, { signal: recorded.stopSignal, graceMs: recorded.graceMs });
  }
  await killMarked(ledger.markOf(label));
}

/** Sends SIGKILL to the process of that label and all its children. Idempotent. */
export async function killRecorded(ledger: Ledger, label: string): Promise<void> {
  const recorded = ledger.process(label);
  if (recorded !== undefined) {
    await killProcess(recorded.identity);
  }
  await killMarked(ledger.markOf(label));
}

export function isRecordedRunning(ledger: Ledger, label: string): boolean {
  const recorded = ledger.process(label);
  return recorded !== undefined && isRunning(recorded.identity);
}

/** Repeats until no process is left, because new ones may start during the killing. */
export async function killMarked(mark: string): Promise<void> {
  for (let left = findMarked(mark); left.length > 0; left = findMarked(mark)) {
    await Promise.all(left.map((identity) => killProcess(identity)));
  }
}

/**
 * nsenter and setpriv exec the program, so the pid stays. `ip netns exec` would also create a mount namespace and
 * remount /sys.
 */
function wrappedCommand(options: StartOptions): { command: string; args: string[] } {
  const words = [
    ...(options.namespace === undefined
      ? []
      : ['nsenter', `--net=/run/netns/${options.namespace}`]),
    ...privileges(options),
    options.command,
    ...options.args,
  ];
  const [command = options.command, ...args] = words;
  return { command, args };
}

function privileges({ account, capabilities }: StartOptions): string[] {
  if (process.getuid?.() !== 0 || (account === undefined && capabilities === undefined)) {
    return [];
  }
  const kept = ['-all', ...(capabilities ?? []).map((name) => `+${name}`)].join(',');
  return [
    'setpriv',
    ...(account === undefined
      ? []
      : [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']),
    '--no-new-privs',
    `--inh-caps=${kept}`,
    `--bounding-set=${kept}`,
    '--',
  ];
}
