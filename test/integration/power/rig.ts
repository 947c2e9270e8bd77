// A power service without its RPC rim: real database, fake BMCs, short times.
import { randomUUID } from 'node:crypto';
import type { Event, Node, PowerCommand, Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { findNodeToRead, type NodeToRead } from '@metalcast/db/power';
import { createLogger } from '@metalcast/log';
import {
  startDatabase,
  startFakeBmcs,
  TestKeys,
  waitFor,
  type FakeBmc,
  type FakeBmcOptions,
  type FakeBmcServer,
} from '@metalcast/testing';
import { BmcHealth } from '../../../services/power/src/bmc-health.js';
import { PowerCommands } from '../../../services/power/src/commands/receive.js';
import { PowerWorker, type WorkerOptions } from '../../../services/power/src/commands/worker.js';
import { PowerObserver } from '../../../services/power/src/sync/observe.js';
import { PowerSync } from '../../../services/power/src/sync/sync.js';

export const password = 'canary-4711';

export const waits = { answerS: 1, tries: 2 };

const timing = {
  requestMs: 2000,
  confirmMs: 500,
  softOffMs: 1000,
  offAgainMs: 5,
  leaseMs: 10_000,
  renewMs: 200,
};

/**
 * Whether the statement that claims a command also takes one that is overdue, to end it: the first of its yes and no.
 */
export const judgesOverdue = ({ values }: Prisma.Sql): boolean =>
  values.find((value) => typeof value === 'boolean') === true;

export interface EnrolledBmc {
  readonly node: Node;
  readonly bmc: FakeBmc;
}

export class PowerRig {
  readonly lines: string[] = [];
  readonly logger = createLogger('power', 'debug', { write: (line) => this.lines.push(line) });
  readonly keys = new TestKeys();
  readonly passwords = this.keys.opener('bmcPrivate');
  readonly health = new BmcHealth();
  /** Begins what `order` sends, unless that names another; undefined: it is queued. */
  taker: PowerWorker | undefined;
  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(
    /** As the service has it, with its rights. */
    readonly database: ModelDatabase,
    /** What others write, and to be looked into. */
    readonly others: ModelDatabase,
    readonly bmcs: FakeBmcServer,
  ) {}

  /** `prepare`: called with the url of the database before anybody has connected to it. */
  static async start(prepare?: (url: string) => Promise<void>): Promise<PowerRig> {
    const rows = await startDatabase();
    await prepare?.(rows.url);
    const options = { poolSize: 5, applicationName: 'test-power' };
    const database = new ModelDatabase({ ...options, url: rows.urlOf('power'), service: 'power' });
    const others = new ModelDatabase({ ...options, url: rows.url });
    const bmcs = await startFakeBmcs();
    const rig = new PowerRig(database, others, bmcs);
    rig.closers.push(
      () => rows.close(),
      () => others.close(),
      () => database.close(),
      () => bmcs.close(),
    );
    return rig;
  }

  async close(): Promise<void> {
    for (const close of this.closers.reverse()) {
      await close();
    }
  }

  /** A node with a fake BMC of its own. */
  async enrol(
    options: FakeBmcOptions = {},
    row: Partial<Prisma.NodeCreateInput> = {},
  ): Promise<EnrolledBmc> {
    const name = randomUUID();
    const bmc = this.bmcs.add(name, { user: 'admin', password, ...options });
    const pmAddress = this.bmcs.addressOf(name);
    return { bmc, node: await this.addNode({ powerDriver: 'fake', pmAddress, ...row }) };
  }

  async addNode(row: Partial<Prisma.NodeCreateInput>): Promise<Node> {
    const uuid = randomUUID();
    return this.others.prisma.node.create({
      data: {
        uuid,
        cpus: 1,
        memoryMb: 1024,
        localGb: 10,
        pmUser: 'admin',
        pmSecret: await this.keys.seal('bmcPublic', `nodes.pm_secret:${uuid}`, password),
        ...row,
      },
    });
  }

  /** Without a worker: commands are queued, and taken by whoever looks. */
  commands(worker?: PowerWorker, deadlineMs = 20_000): PowerCommands {
    const { database, logger } = this;
    return new PowerCommands({
      ...{ database, logger, worker, deadlineMs },
      softOffDeadlineMs: deadlineMs,
      queueMs: 60_000,
    });
  }

  /** Stopped with the rig, if not before. */
  worker(
    options: Partial<Omit<WorkerOptions, 'timing'>> & {
      timing?: Partial<WorkerOptions['timing']>;
    } = {},
  ): PowerWorker {
    const { database, passwords, logger, health } = this;
    const worker = new PowerWorker({
      database,
      passwords,
      logger,
      health,
      owner: randomUUID(),
      concurrency: 8,
      sweepMs: 50,
      waits,
      ...options,
      timing: { ...timing, ...options.timing },
    });
    this.closers.push(() => worker.close());
    worker.start();
    return worker;
  }

  observer(failuresTaken = 2): PowerObserver {
    const { database, passwords, logger, health } = this;
    return new PowerObserver({
      database,
      passwords,
      logger,
      health,
      requestMs: 1500,
      waits,
      failuresTaken,
    });
  }

  sync(owner: string, intervalMs = 640, leaseMs = 3000): PowerSync {
    const { database, logger, health } = this;
    const observer = this.observer();
    const sync = new PowerSync({
      ...{ database, logger, health, observer, owner, intervalMs, leaseMs },
      concurrency: 4,
      renewMs: 100,
    });
    this.closers.push(() => sync.close());
    sync.start();
    return sync;
  }

  /** Sends a command with its key as request; without a worker it is queued. */
  async order(
    node: Pick<Node, 'uuid' | 'epoch'>,
    key: string,
    target: 'on' | 'off' | 'cycle' | 'soft-off' | 'keep',
    more: {
      epoch?: number | null;
      boot_device?: 'network' | 'disk';
      deadlineMs?: number;
      worker?: PowerWorker;
    } = {},
  ): Promise<void> {
    const { deadlineMs, worker = this.taker, ...rest } = more;
    await this.commands(worker, deadlineMs).receive(
      { node: node.uuid, epoch: node.epoch, key, target, ...rest },
      { requestId: `req-${key}` },
    );
  }

  row(key: string): Promise<PowerCommand | null> {
    return this.others.prisma.powerCommand.findUnique({ where: { key } });
  }

  /** The command's row when it has ended. */
  ended(key: string, timeoutMs = 20_000): Promise<PowerCommand> {
    return waitFor(
      async () => {
        const row = await this.row(key);
        return row !== null && row.finishedAt !== null && row;
      },
      { timeoutMs, what: `the end of power command ${key}` },
    );
  }

  /** With what was read of its BMC last. */
  async node(id: number): Promise<NodeToRead> {
    const node = await findNodeToRead(this.database, { id });
    if (node === undefined) {
      throw new Error(`there is no node ${String(id)}`);
    }
    return node;
  }

  events(node: Node): Promise<Event[]> {
    return this.others.prisma.event.findMany({
      where: { subject: node.uuid },
      orderBy: { n: 'asc' },
    });
  }

  /** Everything that this rig wrote anywhere, as text. */
  async everything(): Promise<string> {
    const { prisma } = this.others;
    const rows = await Promise.all([
      prisma.node.findMany(),
      prisma.nodePower.findMany(),
      prisma.powerCommand.findMany(),
      prisma.event.findMany(),
      prisma.outbox.findMany(),
    ]);
    const text = JSON.stringify(rows, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    return text + this.lines.join('');
  }
}
