// A private RabbitMQ from Debian's package, with its own data, ports, epmd and credentials. The system's service is not
// used.
import { join } from 'node:path';
import type { Endpoint } from '../forward/dial.js';
import { unprivilegedAccount } from '../state/account.js';
import { freePort } from '../state/free-port.js';
import type { Ledger } from '../state/ledger.js';
import { findMarked } from '../state/marked-processes.js';
import { isRunning } from '../state/process-identity.js';
import {
  isRecordedRunning,
  killRecorded,
  startRecorded,
  stopRecorded,
} from '../state/start-recorded.js';
import { logTail } from '../state/log-tail.js';
import { waitFor } from '../wait-for.js';
import { logInByAmqp } from './amqp-login.js';
import {
  brokerIdentity,
  rememberedPorts,
  rememberPorts,
  writeBrokerFiles,
  type BrokerIdentity,
  type BrokerPorts,
} from './broker-files.js';

/** Not /usr/sbin/rabbitmq-server: that wrapper requires root or the package's account, and the package's folder. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const readyTimeoutMs = 90_000;

export interface BrokerOptions {
  /** Data folder, created if missing and reused if present. Other accounts must be able to enter its path. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly logFile: string;
  /** Name in the ledger; default `broker`. */
  readonly label?: string;
  /** Network namespace to run in, and the relay's unix socket to its AMQP port. */
  readonly inside?: { readonly namespace: string; readonly socket: string };
  /** Default: the standard ports inside a namespace, else free ones. */
  readonly ports?: BrokerPorts;
  /**
   * Definitions with more users, written by `metalcast broker users create`. Default: only the broker's own user, with
   * all permissions.
   */
  readonly definitions?: string;
}

export interface Broker {
  /** amqp://user:password@127.0.0.1:port, valid in the broker's network namespace. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly ports: BrokerPorts;
  /** Name of its Erlang node, which the data depends on. */
  readonly nodeName: string;
  /** Process ids of the server and all its children, epmd included. */
  pids(): number[];
  /** Stops the broker cleanly and keeps its data. Idempotent. */
  stop(): Promise<void>;
  /** Kills all its processes with SIGKILL. Idempotent. */
  kill9(): Promise<void>;
  /** Stops the broker if it runs and starts it with the same ports and data. Resolves when it answers. */
  restart(): Promise<void>;
}

/** Starts the broker unless it runs already. Resolves when a client can log in. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const label = options.label ?? 'broker';
  const identity = brokerIdentity(options.folder);
  const running = isRecordedRunning(options.ledger, label);
  const ports = await portsFor(options, running);
  const start = (): Promise<void> => launch(options, label, identity, ports);
  await (running ? answers(options, identity, ports, label) : start());
  return {
    url: `amqp://${identity.user}:${identity.password}@127.0.0.1:${ports.amqp}`,
    user: identity.user,
    password: identity.password,
    ports,
    nodeName: identity.nodeName,
    pids: () => findMarked(options.ledger.markOf(label)).map(({ pid }) => pid),
    stop: () => stopRecorded(options.ledger, label),
    kill9: () => killRecorded(options.ledger, label),
    async restart() {
      await stopRecorded(options.ledger, label);
      await start();
    },
  };
}

const usualPorts: BrokerPorts = { amqp: 5672, management: 15672, distribution: 25672, epmd: 4369 };

/** The ports of the last start, as far as they are free. */
async function portsFor(
  { folder, inside, ports }: BrokerOptions,
  running: boolean,
): Promise<BrokerPorts> {
  const before = rememberedPorts(folder);
  if (running && before !== undefined) {
    return before;
  }
  const chosen =
    ports ??
    (inside === undefined
      ? {
          amqp: await freePort(before?.amqp),
          management: await freePort(before?.management),
          distribution: await freePort(before?.distribution),
          epmd: await freePort(before?.epmd),
        }
      : usualPorts);
  rememberPorts(folder, chosen);
  return chosen;
}

async function launch(
  options: BrokerOptions,
  label: string,
  identity: BrokerIdentity,
  ports: BrokerPorts,
): Promise<void> {
  const account = unprivilegedAccount(['rabbitmq', 'nobody']);
  const env = writeBrokerFiles(options.folder, identity, {
    ports,
    account,
    definitions: options.definitions,
  });
  await startRecorded(options.ledger, {
    label,
    command: program,
    args: [],
    env,
    cwd: join(options.folder, 'home'),
    logFile: options.logFile,
    namespace: options.inside?.namespace,
    account,
    graceMs: 20_000,
    ground: true,
    disposable: true,
  });
  await answers(options, identity, ports, label);
}

async function answers(
  { inside, ledger, logFile }: BrokerOptions,
  identity: BrokerIdentity,
  ports: BrokerPorts,
  label: string,
): Promise<void> {
  const endpoint: Endpoint = inside === undefined ? { port: ports.amqp } : { path: inside.socket };
  const recorded = ledger.process(label)?.identity;
  const outcome = await waitFor(
    async () => {
      if (recorded === undefined || !isRunning(recorded)) {
        return 'ended' as const;
      }
      return logInByAmqp(endpoint, identity);
    },
    { timeoutMs: readyTimeoutMs, what: 'RabbitMQ to answer', everyMs: 100 },
  );
  if (outcome === 'ended') {
    throw new Error(`RabbitMQ ended before it answered:\n${logTail(logFile)}`);
  }
}
