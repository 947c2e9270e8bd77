// Boot processes at one end of a wire, a machine at the other.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boot } from '@metalcast/contracts';
import { type Boot, type Event, type Node } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import {
  forward,
  isRunning,
  removeAll,
  startRecorded,
  stopRecorded,
  type Ledger,
} from '@metalcast/rig';
import { connectRpc, rpcClient, silentLogger, type RpcConnection } from '@metalcast/rpc';
import {
  ownLedger,
  startBroker,
  startDatabase,
  TestKeys,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { startImageApi, type ImageApi } from './image-api.js';
import { addMachine, addNetwork, type Machine, type NetworkRows } from './rows.js';
import { address, bridge, Wire } from './wire.js';

const password = 'canary-service-password';

export interface BootProcess {
  readonly label: string;
  readonly logFile: string;
  readonly healthPort: number;
}

interface Servers {
  readonly rows: TestDatabase;
  readonly broker: TestBroker;
  readonly images: ImageApi;
  readonly rpc: RpcConnection;
}

export class Site {
  readonly processes: BootProcess[] = [];
  readonly keys = new TestKeys();
  private network: NetworkRows = { networkId: '', subnetId: '' };

  private constructor(
    readonly ledger: Ledger,
    readonly wire: Wire,
    private readonly servers: Servers,
    readonly database: ModelDatabase,
  ) {}

  get images(): ImageApi {
    return this.servers.images;
  }

  get brokerUrl(): string {
    return this.servers.broker.url;
  }

  static async start(): Promise<Site> {
    const id = randomBytes(3).toString('hex');
    const ledger = ownLedger();
    const wire = new Wire(ledger, { inside: `mc-boot-${id}`, outside: `mc-node-${id}` });
    const rows = await startDatabase();
    const broker = await startBroker();
    const images = await startImageApi(password);
    const database = new ModelDatabase({
      url: rows.url,
      poolSize: 3,
      applicationName: 'boot-test',
    });
    const rpc = connectRpc({ url: broker.url, host: 'test', logger: silentLogger });
    const servers = { rows, broker, images, rpc };
    const site = new Site(ledger, wire, servers, database);
    await site.connect();
    return site;
  }

  async close(): Promise<void> {
    await removeAll(this.ledger);
    await this.servers.rpc.close();
    await this.database.close();
    await this.servers.broker.close();
    await this.servers.rows.close();
    this.servers.images.close();
  }

  /** Starts a boot service with no more rights than it needs; it need not be the only one. */
  async startBoot(name: string): Promise<BootProcess> {
    const label = `boot-${this.processes.length}`;
    const healthPort = 9000 + this.processes.length;
    const logFile = join(this.ledger.folder, `${label}.log`);
    await startRecorded(this.ledger, {
      label,
      command: process.execPath,
      args: [join(import.meta.dirname, '../../../services/boot/dist/main.js')],
      env: this.environment(name, healthPort),
      namespace: this.wire.inside,
      capabilities: ['net_admin', 'net_raw', 'net_bind_service'],
      logFile,
    });
    const started = { label, logFile, healthPort };
    this.processes.push(started);
    return started;
  }

  /** As `kill -9` would, but of this process alone: what it started is left to itself. */
  async kill({ label }: BootProcess): Promise<void> {
    const identity = this.ledger.process(label)?.identity;
    if (identity !== undefined) {
      process.kill(identity.pid, 'SIGKILL');
      await waitFor(() => !isRunning(identity), { timeoutMs: 5000, what: `the end of ${label}` });
    }
  }

  async stop({ label }: BootProcess): Promise<void> {
    await stopRecorded(this.ledger, label);
  }

  /** All that boot processes have logged. */
  log(): string {
    return this.processes.map(({ logFile }) => readFileSync(logFile, 'utf8')).join('');
  }

  async ready({ healthPort }: BootProcess): Promise<void> {
    const probe = async (): Promise<boolean> => {
      const url = `http://127.0.0.1:${healthPort}/readyz`;
      return (await this.wire.in(this.wire.inside, 'curl', '-sf', url)).exitCode === 0;
    };
    await waitFor(probe, { timeoutMs: 30_000, what: 'boot to be ready' }).catch(this.withLog);
  }

  /** An enrolled node, its NIC, and a port with an address, as a server on it would have them. */
  addMachine(mac: string, ip: string, flavor: Record<string, string> = {}): Promise<Machine> {
    return addMachine(this.database, this.network, { mac, address: ip, flavor });
  }

  async setNode(node: Node, change: Partial<Pick<Node, 'bootMode' | 'epoch'>>): Promise<void> {
    await this.database.prisma.node.update({ where: { id: node.id }, data: change });
  }

  node({ id }: Node): Promise<Node> {
    return this.database.prisma.node.findUniqueOrThrow({ where: { id } });
  }

  /** The row of its boot in its present epoch. */
  async boot(of: Node): Promise<Boot | undefined> {
    const { id: nodeId, epoch } = await this.node(of);
    const where = { nodeId_epoch: { nodeId, epoch } };
    return (await this.database.prisma.boot.findUnique({ where })) ?? undefined;
  }

  /** Events of the node of this type, in their order. */
  events({ uuid }: Node, type?: string): Promise<Event[]> {
    return this.database.prisma.event.findMany({
      where: { subject: uuid, ...(type === undefined ? {} : { type }) },
      orderBy: { n: 'asc' },
    });
  }

  async recorded(node: Node, type: string, count = 1): Promise<Event[]> {
    return waitFor(
      async () => {
        const found = await this.events(node, type);
        return found.length >= count && found;
      },
      { timeoutMs: 15_000, what: `${count} ${type} of ${node.uuid}` },
    );
  }

  /** Casts boot.prepare and waits for how it ends. */
  async prepare(node: Node, epoch = 1): Promise<Event> {
    const before = (await this.endings(node)).length;
    await this.cast(node, epoch);
    const ended = async () => (await this.endings(node)).slice(before)[0];
    const options = { timeoutMs: 30_000, what: 'the end of boot.prepare' };
    return waitFor(ended, options).catch(this.withLog);
  }

  private readonly withLog = (error: unknown): never => {
    throw new Error(`${String(error)}\n${this.log()}`, { cause: error });
  };

  async cast({ uuid }: Node, epoch: number): Promise<void> {
    const context = { requestId: 'req-test' };
    await rpcClient(this.servers.rpc, boot, { timeoutMs: 20_000 }).cast.prepare(
      { node: uuid, epoch },
      context,
    );
  }

  stateDirectory(name: string): string {
    return join(this.ledger.folder, name);
  }

  private async endings(node: Node): Promise<Event[]> {
    const events = await this.events(node);
    return events.filter(({ type }) => type === 'boot.prepared' || type === 'boot.failed');
  }

  private environment(name: string, healthPort: number): Record<string, string> {
    return {
      DATABASE_URL: withPort(this.servers.rows.urlOf('boot'), 5432),
      AMQP_URL: withPort(this.servers.broker.url, 5672),
      ...this.keys.environment('boot'),
      METALCAST_HOST: name,
      METALCAST_HEALTH_PORT: String(healthPort),
      METALCAST_LOG_LEVEL: 'debug',
      METALCAST_PROVISIONING_INTERFACE: bridge,
      METALCAST_PROVISIONING_ADDRESS: address,
      METALCAST_STATE_DIRECTORY: this.stateDirectory(name),
      METALCAST_IDENTITY_URL: 'http://127.0.0.1:8774/identity',
      METALCAST_IMAGE_URL: 'http://127.0.0.1:8774/image',
      METALCAST_SERVICE_PASSWORD: password,
    };
  }

  /** The wire, the way to database, broker and image API, and the network's rows. */
  private async connect(): Promise<void> {
    await this.wire.lay();
    const port = (url: string): number => Number(new URL(url).port);
    await forward({
      ledger: this.ledger,
      namespace: this.wire.inside,
      folder: join(this.ledger.folder, 'relay'),
      logFolder: this.ledger.folder,
      toHost: {},
      toNamespace: {
        database: { host: '127.0.0.1', port: port(this.servers.rows.url), inside: 5432 },
        broker: { host: '127.0.0.1', port: port(this.servers.broker.url), inside: 5672 },
        images: { host: '127.0.0.1', port: this.images.port, inside: 8774 },
      },
    });
    this.network = await addNetwork(this.database);
  }
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  changed.hostname = '127.0.0.1';
  return changed.href;
}
