// Every service that consumes messages and needs no network of its own, as real processes on one broker and database.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, removeAll, startService, type Ledger, type ServicePlace } from '@metalcast/rig';
import { connectRpc, ping, silentLogger, type RpcConnection } from '@metalcast/rpc';
import {
  ownLedger,
  startBroker,
  startDatabase,
  TestKeys,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { connect } from 'amqplib';
import { expect } from 'vitest';
import { sendNoise, waysTo } from './noise-messages.js';
import { survivor, type Survivor } from './survivor.js';

const host = 'hostile';
const topicsOf = {
  scheduler: 'scheduler',
  compute: 'compute',
  power: 'power',
  'deploy-helper': 'deploy_helper',
} as const;
type Name = keyof typeof topicsOf;
const names = Object.keys(topicsOf) as Name[];
const patientMs = 120_000;

interface Running {
  readonly topic: string;
  readonly pid: number;
  readonly health: string;
  readonly watched: Survivor;
}

interface Parts {
  readonly ledger: Ledger;
  readonly broker: TestBroker;
  readonly rows: TestDatabase;
  readonly rpc: RpcConnection;
}

export class Consumers {
  private sent = 0;

  private constructor(
    private readonly parts: Parts,
    private readonly running: readonly Running[],
  ) {}

  /** `heapMb`: a process that keeps more than so many MiB ends. */
  static async start({ heapMb }: { readonly heapMb?: number } = {}): Promise<Consumers> {
    const ledger = ownLedger();
    const logFolder = join(ledger.folder, 'log');
    mkdirSync(logFolder, { recursive: true });
    const [broker, rows] = await Promise.all([startBroker(), startDatabase()]);
    const rpc = connectRpc({ url: broker.url, host: 'test', logger: silentLogger });
    const common = {
      AMQP_URL: broker.url,
      METALCAST_HOST: host,
      ...(heapMb === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMb}` }),
    };
    const keys = new TestKeys();
    const place = { ledger, logFolder };
    const running: Running[] = [];
    for (const name of names) {
      running.push(
        await start(place, name, {
          ...common,
          DATABASE_URL: rows.urlOf(name),
          ...keys.environment(name),
        }),
      );
    }
    return new Consumers({ ledger, broker, rows, rpc }, running);
  }

  async close(): Promise<void> {
    const { ledger, broker, rows, rpc } = this.parts;
    await removeAll(ledger);
    await rpc.close();
    await Promise.all([broker.close(), rows.close()]);
  }

  /** To every way into every service, `count` messages in all. */
  async noise(seed: number, count: number): Promise<void> {
    const targets = this.running.flatMap(({ topic }) => waysTo(topic, host));
    await sendNoise(this.parts.broker.url, targets, { seed, count });
    this.sent += count;
  }

  /** The same processes serve; nothing waits, and nothing was put aside more than once. */
  async unharmed(): Promise<void> {
    for (const { topic, watched, health } of this.running) {
      for (const to of [{ topic }, { topic, host }]) {
        await ping(this.parts.rpc, to, { requestId: 'req-noise' }, { timeoutMs: patientMs });
      }
      await waitFor(async () => (await this.waiting([topic, `${topic}.${host}`])) === 0, {
        timeoutMs: patientMs,
        what: `the queues of ${topic} to be empty`,
      });
      expect((await fetch(`${health}/readyz`)).status).toBe(200);
      await watched.unharmed();
    }
    expect(await this.dead()).toBeLessThanOrEqual(this.sent);
  }

  /** How many messages were put aside. */
  dead(): Promise<number> {
    return this.waiting(this.running.map(({ topic }) => `${topic}.dead`));
  }

  /** Resident memory of each, in MiB. */
  memory(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.running.map(({ topic, pid }) => {
        const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        return [topic, Math.round(Number(kib) / 1024)];
      }),
    );
  }

  /** A queue that is not there holds nothing. */
  private async waiting(queues: readonly string[]): Promise<number> {
    const connection = await connect(this.parts.broker.url);
    let total = 0;
    for (const queue of queues) {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      total += await channel.checkQueue(queue).then(
        ({ messageCount }) => messageCount,
        () => 0,
      );
      await channel.close().catch(() => undefined);
    }
    await connection.close();
    return total;
  }
}

async function start(
  place: ServicePlace,
  name: Name,
  common: Readonly<Record<string, string>>,
): Promise<Running> {
  const port = await freePort();
  const health = `http://127.0.0.1:${port}`;
  const { pid = 0 } = await startService(place, {
    name,
    command: process.execPath,
    args: [fileURLToPath(new URL(`../../../services/${name}/dist/main.js`, import.meta.url))],
    env: { ...common, METALCAST_HEALTH_PORT: String(port), ...ownEnvironment(place, name) },
    health,
  });
  const unhandled = async (): Promise<unknown> => {
    const page = (await (await fetch(`${health}/healthz`)).json()) as { unhandled: unknown };
    return page.unhandled;
  };
  return { topic: topicsOf[name], pid, health, watched: survivor(pid, unhandled) };
}

function ownEnvironment({ ledger }: ServicePlace, name: Name): Record<string, string> {
  return name === 'deploy-helper'
    ? {
        METALCAST_PROVISIONING_ADDRESS: '127.0.0.1',
        METALCAST_PROVISIONING_PORT: '0',
        METALCAST_STATE_DIRECTORY: join(ledger.folder, name),
        METALCAST_IDENTITY_URL: 'http://127.0.0.1:9/identity',
        METALCAST_IMAGE_URL: 'http://127.0.0.1:9/image',
        METALCAST_SERVICE_PASSWORD: 'service-password-canary',
      }
    : {};
}
