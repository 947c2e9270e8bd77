// Real scheduler processes side by side on a real broker and database. Compute is replaced by a listener, so nothing is
// built.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { compute } from '@metalcast/contracts';
import { beat, Relay } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import {
  freePort,
  killService,
  removeAll,
  serviceStatus,
  startService,
  type ServicePlace,
  type ServiceSpec,
} from '@metalcast/rig';
import { connectRpc, publisher, silentLogger, type RpcConnection } from '@metalcast/rpc';
import { serve } from '@metalcast/rpc/testing';
import { ownLedger, startBroker, startDatabase, TestKeys, waitFor } from '@metalcast/testing';
import { BrokerWire } from './broker-wire.js';

const main = fileURLToPath(new URL('../../../services/scheduler/dist/main.js', import.meta.url));
const heartbeatMs = 20_000;

export interface RigOptions {
  readonly schedulers: number;
  /** Environment of every scheduler. */
  readonly env?: Readonly<Record<string, string>>;
  /** False: no compute service has ever existed. Default true: one is live. */
  readonly compute?: boolean;
}

/** The casts that compute received. */
export interface Heard {
  /** uuids of placed instances. */
  readonly placed: Set<string>;
  /** ids of operations that continue without a node. */
  readonly woken: Set<string>;
}

/** A scheduler's log line about an attempt to claim a node. */
export interface ClaimLine {
  readonly instanceUuid: string;
  /** uuid */
  readonly node: string;
  readonly outcome: 'claimed' | 'lost' | 'refused' | 'not-wanted';
}

interface Parts {
  readonly database: ModelDatabase;
  readonly rpc: RpcConnection;
  readonly brokerUrl: string;
  readonly wire: BrokerWire;
  readonly heard: Heard;
}

type Closing = (() => Promise<unknown>)[];

export class SchedulerRig {
  private constructor(
    private readonly parts: Parts,
    private readonly place: ServicePlace,
    private readonly specs: readonly ServiceSpec[],
    private readonly closing: Closing,
  ) {}

  get database(): ModelDatabase {
    return this.parts.database;
  }

  get rpc(): RpcConnection {
    return this.parts.rpc;
  }

  /** The broker's own URL, without the proxy. */
  get brokerUrl(): string {
    return this.parts.brokerUrl;
  }

  /** The proxy between schedulers and broker. */
  get wire(): BrokerWire {
    return this.parts.wire;
  }

  get heard(): Heard {
    return this.parts.heard;
  }

  static async start(options: RigOptions): Promise<SchedulerRig> {
    const closing: Closing = [];
    const ledger = ownLedger();
    closing.push(() => removeAll(ledger));
    const logFolder = join(ledger.folder, 'log');
    mkdirSync(logFolder, { recursive: true });
    const [broker, rows] = await Promise.all([startBroker(), startDatabase()]);
    closing.push(
      () => broker.close(),
      () => rows.close(),
    );
    const wire = await BrokerWire.to(broker.url);
    closing.push(() => wire.close());
    const database = new ModelDatabase({
      url: rows.url,
      poolSize: 6,
      applicationName: 'scheduler-test',
    });
    closing.push(() => database.close());
    const rpc = connectRpc({ url: broker.url, host: 'test', logger: silentLogger });
    closing.push(() => rpc.close());
    const heard = await listenAsCompute(rpc, closing);
    if (options.compute !== false) {
      await keepComputeAlive(database, closing);
    }
    deliver(rows.url, database, rpc, closing);
    const specs = await Promise.all(
      Array.from({ length: options.schedulers }, (_, index) =>
        schedulerSpec(`s${index + 1}`, {
          DATABASE_URL: rows.urlOf('scheduler'),
          AMQP_URL: wire.url,
          ...options.env,
        }),
      ),
    );
    const parts = { database, rpc, brokerUrl: broker.url, wire, heard };
    return new SchedulerRig(parts, { ledger, logFolder }, specs, closing);
  }

  get names(): readonly string[] {
    return this.specs.map(({ name }) => name);
  }

  /** Starts the schedulers that do not run. Resolves when all are ready. */
  async startAll(): Promise<void> {
    await Promise.all(this.specs.map((spec) => startService(this.place, spec)));
  }

  /** Sends SIGKILL. */
  async kill(name: string): Promise<void> {
    await killService(this.place, name);
  }

  async restart(name: string): Promise<void> {
    await startService(this.place, this.specOf(name));
  }

  async signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const { pid } = await serviceStatus(this.place, this.specOf(name));
    if (pid === undefined) {
      throw new Error(`${name} does not run`);
    }
    process.kill(pid, signal);
  }

  /** Every attempt to claim a node, from the schedulers' logs, in the order of each log. */
  claims(): ClaimLine[] {
    return this.logged('claim').map((line) => JSON.parse(line) as ClaimLine);
  }

  /** Lines of the schedulers' logs with this message. */
  logged(msg: string): string[] {
    return this.specs.flatMap(({ name }) => {
      const file = join(this.place.logFolder, `${name}.log`);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      return lines.filter((line) => line.includes(`"msg":"${msg}"`) && line.endsWith('}'));
    });
  }

  /** Resolves when no build waits for a node and all messages have arrived. */
  async settled(timeoutMs: number): Promise<void> {
    const { prisma } = this.database;
    await waitFor(
      async () =>
        (await prisma.operation.count({ where: { awaiting: 'claim' } })) === 0 &&
        (await prisma.outbox.count()) === 0,
      { timeoutMs, what: 'every build to be placed or refused' },
    );
  }

  async close(): Promise<void> {
    for (const close of this.closing.reverse()) {
      await close();
    }
  }

  private specOf(name: string): ServiceSpec {
    return this.specs.find((spec) => spec.name === name)!;
  }
}

async function schedulerSpec(name: string, env: Record<string, string>): Promise<ServiceSpec> {
  const port = await freePort();
  return {
    name,
    command: process.execPath,
    args: [main],
    env: {
      METALCAST_HOST: name,
      METALCAST_HEALTH_PORT: String(port),
      ...new TestKeys().environment('scheduler'),
      ...env,
    },
    health: `http://127.0.0.1:${port}`,
  };
}

async function listenAsCompute(rpc: RpcConnection, closing: Closing): Promise<Heard> {
  const heard = { placed: new Set<string>(), woken: new Set<string>() };
  const server = await serve(rpc, compute, {
    runInstance: ({ instance }) => Promise.resolve(void heard.placed.add(instance.uuid)),
    advance: ({ operation_id: id }) => Promise.resolve(void heard.woken.add(id)),
    terminateInstance: () => Promise.resolve(),
  });
  closing.push(() => server.close());
  return heard;
}

/** Keeps its row in `services` fresh. */
async function keepComputeAlive(database: ModelDatabase, closing: Closing): Promise<void> {
  const heart = { binary: 'nova-compute', topic: 'compute', version: '2.47', details: {} };
  const write = (first: boolean): Promise<void> =>
    beat(database, { host: 'compute1', ...heart }, first);
  await write(true);
  const timer = setInterval(() => {
    // Tests of outages take the database away for a moment.
    write(false).catch(() => undefined);
  }, heartbeatMs);
  closing.push(() => {
    clearInterval(timer);
    return Promise.resolve();
  });
}

/** Publishes the messages that the test commits, as a service does. */
function deliver(url: string, database: ModelDatabase, rpc: RpcConnection, closing: Closing): void {
  const options = { url, publisher: publisher(rpc), applicationName: 'scheduler-test-relay' };
  const relay = new Relay({ ...options, logger: silentLogger });
  database.publishBy(relay);
  closing.push(() => relay.close());
}
