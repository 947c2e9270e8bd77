// A private PostgreSQL from Debian's binaries, with its own data, port, role and password. The system's service is not
// used.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoint } from '../forward/dial.js';
import { unprivilegedAccount } from '../state/account.js';
import { freePort } from '../state/free-port.js';
import type { Ledger } from '../state/ledger.js';
import { logTail } from '../state/log-tail.js';
import { isRunning } from '../state/process-identity.js';
import {
  isRecordedRunning,
  killRecorded,
  startRecorded,
  stopRecorded,
} from '../state/start-recorded.js';
import { waitFor } from '../wait-for.js';
import {
  clusterFolder,
  makeCluster,
  writeClusterSettings,
  type DatabaseIdentity,
} from './cluster.js';
import { postgresBinaries } from './postgres-binaries.js';
import { probePostgres } from './postgres-probe.js';

const usualPort = 5432;
const readyTimeoutMs = 60_000;

export interface DatabaseOptions {
  /** Data folder, created if missing and reused if present. Other accounts must be able to enter its path. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly logFile: string;
  /** Name in the ledger; default `database`. */
  readonly label?: string;
  /** Network namespace to run in, and the relay's unix socket to its port. */
  readonly inside?: { readonly namespace: string; readonly socket: string };
  /** Default: the standard port inside a namespace, else a free one. */
  readonly port?: number;
  /** False, for tests: a power failure may lose data. Default true. */
  readonly durable?: boolean;
}

export interface Database {
  /** postgresql://user:password@127.0.0.1:port/metalcast, valid in the server's network namespace. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly port: number;
  /** Process id of the postmaster, whose children end with it. Undefined while stopped. */
  pid(): number | undefined;
  /** Stops the server without waiting for its clients, and keeps its data. Idempotent. */
  stop(): Promise<void>;
  /** Kills the postmaster with SIGKILL; the next start recovers from the write-ahead log. Idempotent. */
  kill9(): Promise<void>;
  /** Stops the server if it runs and starts it with the same port and data. Resolves when it accepts connections. */
  restart(): Promise<void>;
}

/** Starts the server unless it runs already. Resolves when it accepts connections. */
export async function startDatabase(options: DatabaseOptions): Promise<Database> {
  const { ledger, folder } = options;
  const label = options.label ?? 'database';
  const account = unprivilegedAccount(['postgres', 'nobody']);
  const identity = await makeCluster(folder, account, options.durable ?? true);
  const running = isRecordedRunning(ledger, label);
  const port = await portFor(options, running);
  const start = (): Promise<void> => launch(options, label, identity, port);
  await (running ? takesConnections(options, label, identity, port) : start());
  return {
    url: `postgresql://${identity.user}:${identity.password}@127.0.0.1:${port}/${identity.database}`,
    user: identity.user,
    password: identity.password,
    port,
    pid() {
      const recorded = ledger.process(label)?.identity;
      return recorded !== undefined && isRunning(recorded) ? recorded.pid : undefined;
    },
    stop: () => stopRecorded(ledger, label),
    kill9: () => killRecorded(ledger, label),
    async restart() {
      await stopRecorded(ledger, label);
      await start();
    },
  };
}

/** The port of the last start, if it is free. */
async function portFor(
  { folder, inside, port }: DatabaseOptions,
  running: boolean,
): Promise<number> {
  const file = join(folder, 'port');
  const before = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  if (running && before !== undefined) {
    return before;
  }
  const chosen = port ?? (inside === undefined ? await freePort(before) : usualPort);
  writeFileSync(file, String(chosen));
  return chosen;
}

async function launch(
  options: DatabaseOptions,
  label: string,
  identity: DatabaseIdentity,
  port: number,
): Promise<void> {
  const { folder, ledger, inside, logFile, durable = true } = options;
  const account = unprivilegedAccount(['postgres', 'nobody']);
  writeClusterSettings(folder, account, { port, durable });
  await startRecorded(ledger, {
    label,
    command: join(postgresBinaries(), 'postgres'),
    args: ['-D', clusterFolder(folder)],
    cwd: '/',
    logFile,
    namespace: inside?.namespace,
    account,
    stopSignal: 'SIGINT',
    graceMs: 20_000,
    ground: true,
  });
  await takesConnections(options, label, identity, port);
}

async function takesConnections(
  { inside, ledger, logFile }: DatabaseOptions,
  label: string,
  { user, database }: DatabaseIdentity,
  port: number,
): Promise<void> {
  const endpoint: Endpoint = inside === undefined ? { port } : { path: inside.socket };
  const recorded = ledger.process(label)?.identity;
  const outcome = await waitFor(
    async () => {
      if (recorded === undefined || !isRunning(recorded)) {
        return 'ended' as const;
      }
      return probePostgres(endpoint, user, database);
    },
    { timeoutMs: readyTimeoutMs, what: 'PostgreSQL to take connections', everyMs: 50 },
  );
  if (outcome === 'ended') {
    throw new Error(`PostgreSQL ended before it took connections:\n${logTail(logFile)}`);
  }
}
