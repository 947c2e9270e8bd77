// A private RabbitMQ of Debian's package: own data, ports, epmd and credentials; no service of the system.
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

/** Not /usr/sbin/rabbitmq-server: that wrapper insists on root or the package's account and its folder. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const readyTimeoutMs = 90_000;

export interface BrokerOptions {
  /** Holds its data; made if missing, used again if there. Must lie where other accounts can go. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly logFile: string;
  /** Its name in the ledger; default `broker`. */
  readonly label?: string;
  /** A namespace to run in, and the relay's unix socket that leads to its AMQP port. */
  readonly inside?: { readonly namespace: string; readonly socket: string };
  /** Default: the usual ones inside a namespace, else free ones. */
  readonly ports?: BrokerPorts;
  /** More users: a file that `metalcast broker users create` has made. Default: its own alone, who may do all. */
  readonly definitions?: string;
}

export interface Broker {
  /** amqp://user:password@127.0.0.1:port, valid where the broker runs. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly ports: BrokerPorts;
  /** Of its Erlang node, which its data is bound to. */
  readonly nodeName: string;
  /** Of the server and of all that it started, epmd among them. */
  pids(): number[];
  /** Ends it in an orderly way; its data stays. Idempotent. */
  stop(): Promise<void>;
  /** kill -9 of everything that belongs to it. Idempotent. */
  kill9(): Promise<void>;
  /** Stops it if it runs, and starts it on the same ports and data; resolves when it answers. */
  restart(): Promise<void>;
}

/** Starts it, unless it runs already, and resolves when a client can log in. */
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

/** Those of before, as far as they are free. */
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
