// Starts, stops and checks the services as processes, without importing them.
import { join } from 'node:path';
import type { Account } from '../state/account.js';
import type { Ledger } from '../state/ledger.js';
import { logTail } from '../state/log-tail.js';
import { isRunning, type ProcessIdentity } from '../state/process-identity.js';
import {
  isRecordedRunning,
  killRecorded,
  startRecorded,
  stopRecorded,
} from '../state/start-recorded.js';
import { waitFor } from '../wait-for.js';

export interface ServiceSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Base URL of /healthz and /readyz, from this network namespace. */
  readonly health: string;
  readonly account?: Account;
  /** Capabilities to keep; default none. */
  readonly capabilities?: readonly string[];
}

export interface ServicePlace {
  readonly ledger: Ledger;
  readonly namespace?: string;
  readonly logFolder: string;
}

export interface ServiceStatus {
  readonly name: string;
  /** Undefined when the process does not run. */
  readonly pid: number | undefined;
  readonly health: string;
  readonly ready: boolean;
}

const readyTimeoutMs = 60_000;
const probeTimeoutMs = 3_000;
/** Longer than the services' own limit for a clean stop. */
const graceMs = 25_000;

const labelOf = (name: string): string => `service-${name}`;

/** Starts a service unless it runs already. Resolves when it is ready. Throws with the last lines of its log. */
export async function startService(place: ServicePlace, spec: ServiceSpec): Promise<ServiceStatus> {
  const { ledger, namespace, logFolder } = place;
  const label = labelOf(spec.name);
  if (!isRecordedRunning(ledger, label)) {
    await startRecorded(ledger, {
      label,
      command: spec.command,
      args: spec.args,
      env: spec.env,
      namespace,
      account: spec.account,
      capabilities: spec.capabilities ?? [],
      logFile: logFile(logFolder, spec.name),
      graceMs,
    });
  }
  const identity = ledger.process(label)?.identity;
  if (identity === undefined) {
    throw new Error(`${spec.name} is not in the ledger`);
  }
  await becomesReady(spec, identity, logFile(logFolder, spec.name));
  return { name: spec.name, pid: identity.pid, health: spec.health, ready: true };
}

/** Sends SIGTERM, and SIGKILL if the process does not end. Idempotent. */
export function stopService({ ledger }: ServicePlace, name: string): Promise<void> {
  return stopRecorded(ledger, labelOf(name));
}

/** Sends SIGKILL. Idempotent. */
export function killService({ ledger }: ServicePlace, name: string): Promise<void> {
  return killRecorded(ledger, labelOf(name));
}

export async function serviceStatus(
  { ledger }: ServicePlace,
  { name, health }: Pick<ServiceSpec, 'name' | 'health'>,
): Promise<ServiceStatus> {
  const identity = ledger.process(labelOf(name))?.identity;
  const pid = identity !== undefined && isRunning(identity) ? identity.pid : undefined;
  return { name, pid, health, ready: pid !== undefined && (await isReady(health)) };
}

const logFile = (folder: string, name: string): string => join(folder, `${name}.log`);

async function becomesReady(
  { name, health }: ServiceSpec,
  identity: ProcessIdentity,
  log: string,
): Promise<void> {
  const outcome = await waitFor(
    async () => (isRunning(identity) ? (await isReady(health)) && 'ready' : 'ended'),
    { timeoutMs: readyTimeoutMs, what: `${name} to be ready, see ${log}`, everyMs: 100 },
  );
  if (outcome === 'ended') {
    throw new Error(`${name} ended before it was ready:\n${logTail(log)}`);
  }
}

async function isReady(health: string): Promise<boolean> {
  try {
    const response = await fetch(`${health}/readyz`, {
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
