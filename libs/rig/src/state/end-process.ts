import { killGroup } from '@metalcast/exec';
import { waitFor } from '../wait-for.js';
import { isRunning, type ProcessIdentity } from './process-identity.js';

export interface EndOptions {
  readonly signal: NodeJS.Signals;
  /** Time until SIGKILL. */
  readonly graceMs: number;
}

const killedWithinMs = 10_000;

/** Signals exactly this process and its process group, and waits until the process is gone. Idempotent. */
export async function endProcess(
  identity: ProcessIdentity,
  { signal, graceMs }: EndOptions,
): Promise<void> {
  if (!isRunning(identity)) {
    return;
  }
  killGroup(identity.pid, signal);
  if (!(await isGoneWithin(identity, graceMs))) {
    await killProcess(identity);
  }
}

/** Sends SIGKILL to exactly this process, which need not lead a group, and waits until it is gone. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  if (isRunning(identity)) {
    signalOne(identity.pid, 'SIGKILL');
    await waitFor(() => !isRunning(identity), {
      timeoutMs: killedWithinMs,
      what: `process ${identity.pid} to be gone after SIGKILL`,
      everyMs: 20,
    });
  }
}

async function isGoneWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const what = `process ${identity.pid} to end`;
  return waitFor(() => !isRunning(identity), { timeoutMs, what, everyMs: 20 }).then(
    () => true,
    () => false,
  );
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
