// Everything around a deploy-helper: broker, database, image API, a node with a server on it.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deployHelper } from '@metalcast/contracts';
import { type Deployment, type Event } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { bootTokenHash, deploymentState, vmState } from '@metalcast/domain';
import { connectRpc, rpcClient, silentLogger, type RpcConnection } from '@metalcast/rpc';
import {
  startBroker,
  startDatabase,
  TestKeys,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { startImageApi, type ImageApi } from './image-api.js';

const program = fileURLToPath(
  new URL('../../../services/deploy-helper/dist/main.js', import.meta.url),
);

export interface Helper {
  readonly url: string;
  readonly pid: number;
  readonly name: string;
  /** Where its disks in preparation lie. */
  readonly workFolder: string;
  readonly log: () => string;
  kill9(): Promise<void>;
  stop(): Promise<number | null>;
}

export interface ServerRequest {
  readonly imageFile: string;
  readonly imageFormat?: string;
  readonly imageBytes: number;
  readonly rootGb?: number;
  readonly swapMb?: number;
  readonly kernelId?: string;
  readonly portAddress?: string;
}

export interface NodeWithServer {
  readonly nodeId: number;
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly token: string;
  readonly instance: string;
  readonly image: string;
}

export const userData = '#!/bin/sh\necho user-data-canary-4711\n';

interface Servers {
  readonly broker: TestBroker;
  readonly testDatabase: TestDatabase;
  readonly images: ImageApi;
  readonly database: ModelDatabase;
  readonly rpc: RpcConnection;
}

export class World {
  readonly keys = new TestKeys();
  readonly folder = mkdtempSync(join(tmpdir(), 'deploy-helper-'));
  private readonly children = new Set<ChildProcess>();

  private constructor(private readonly servers: Servers) {}

  get images(): ImageApi {
    return this.servers.images;
  }

  get brokerUrl(): string {
    return this.servers.broker.url;
  }

  get database(): ModelDatabase {
    return this.servers.database;
  }

  /** `prepare`: called with the url of the database before anybody has connected to it. */
  static async make(prepare?: (url: string) => Promise<void>): Promise<World> {
    if (!existsSync(program)) {
      throw new Error(`${program} is not built: npm run build`);
    }
    const [broker, testDatabase, images] = await Promise.all([
      startBroker(),
      startDatabase(),
      startImageApi(),
    ]);
    await prepare?.(testDatabase.url);
    const database = new ModelDatabase({
      url: testDatabase.url,
      poolSize: 5,
      applicationName: 'deploy-helper-test',
    });
    const rpc = connectRpc({ url: broker.url, host: 'test', logger: silentLogger });
    await rpc.ready(30_000);
    return new World({ broker, testDatabase, images, database, rpc });
  }

  async close(): Promise<void> {
    await Promise.all([...this.children].map((child) => end(child, 'SIGKILL')));
    const { rpc, database, images, broker, testDatabase } = this.servers;
    await rpc.close();
    await database.close();
    await Promise.all([images.close(), broker.close(), testDatabase.close()]);
    rmSync(this.folder, { recursive: true });
  }

  /** Starts a helper process and waits until it is ready. */
  async helper(name: string, options: Record<string, string> = {}): Promise<Helper> {
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: this.servers.testDatabase.urlOf('deploy-helper'),
        AMQP_URL: this.servers.broker.url,
        ...this.keys.environment('deploy-helper'),
        METALCAST_HOST: name,
        METALCAST_PROVISIONING_ADDRESS: '127.0.0.1',
        METALCAST_PROVISIONING_PORT: '0',
        METALCAST_STATE_DIRECTORY: join(this.folder, name),
        METALCAST_IDENTITY_URL: this.images.url,
        METALCAST_IMAGE_URL: this.images.url,
        METALCAST_SERVICE_PASSWORD: 'service-password-canary-4711',
        METALCAST_HEARTBEAT_MS: '500',
        METALCAST_LEASE_MS: '8000',
        METALCAST_NEXT_HOLD_MS: '2000',
        ...options,
      },
    });
    this.children.add(child);
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    await waitFor(() => log.includes('"msg":"started"') || child.exitCode !== null, {
      timeoutMs: 30_000,
      what: `helper ${name} to start`,
    });
    const [, url] = /"provisioningUrl":"([^"]+)"/.exec(log) ?? [];
    if (url === undefined || child.pid === undefined) {
      throw new Error(`helper ${name} did not start: ${log}`);
    }
    return {
      url,
      name,
      pid: child.pid,
      workFolder: join(this.folder, name, 'work'),
      log: () => log,
      kill9: () => end(child, 'SIGKILL').then(() => undefined),
      stop: () => end(child, 'SIGTERM'),
    };
  }

  /** A node in its deploy boot, with a server that wants `imageFile` on it. */
  async nodeWithServer(request: ServerRequest): Promise<NodeWithServer> {
    const [node, instance, image] = [randomUUID(), randomUUID(), randomUUID()];
    const { imageFile, imageFormat = 'qcow2', rootGb = 0, swapMb = 0 } = request;
    const { size, sha256 } = this.images.offer(image, imageFile, imageFormat);
    const { prisma } = this.database;
    await prisma.instance.create({
      data: {
        uuid: instance,
        userId: 'u',
        projectId: 'p',
        displayName: 'web 1',
        hostname: 'web-1',
        reservationId: 'r-1',
        imageRef: image,
        kernelId: request.kernelId ?? null,
        image: {
          ...{ id: image, name: 'test', disk_format: imageFormat, size, sha256 },
          ...{ virtual_size: request.imageBytes, min_disk: 0, min_ram: 0, properties: {} },
        },
        flavor: {
          ...{ id: 1, flavorid: '1', name: 'f', memory_mb: 512, vcpus: 1 },
          ...{ root_gb: rootGb, ephemeral_gb: 0, swap: swapMb, extra_specs: {} },
        },
        memoryMb: 512,
        vcpus: 1,
        rootGb,
        keyName: 'mine',
        keyData: 'ssh-ed25519 AAAA me',
        userData: await this.keys.seal(
          'instancePublic',
          `instances.user_data:${instance}`,
          Buffer.from(userData).toString('base64'),
        ),
        vmState: vmState.building,
      },
    });
    const token = randomBytes(32).toString('hex');
    const [epoch, bootTry] = [3, 1];
    const row = await prisma.node.create({
      data: {
        uuid: node,
        cpus: 1,
        memoryMb: 512,
        localGb: 1,
        instanceUuid: instance,
        epoch,
        bootMode: 'deploy',
      },
    });
    const tokenHash = bootTokenHash(token, { node, epoch, bootTry });
    await prisma.boot.create({ data: { nodeId: row.id, epoch, bootTry, tokenHash } });
    await this.plug(instance, request.portAddress ?? '127.0.0.1');
    return { nodeId: row.id, node, epoch, bootTry, token, instance, image };
  }

  /** The next boot that is served to the node. */
  async reboot(of: NodeWithServer): Promise<NodeWithServer> {
    const token = randomBytes(32).toString('hex');
    const bootTry = of.bootTry + 1;
    const { nodeId, epoch } = of;
    const served = { bootTry, tokenHash: bootTokenHash(token, { ...of, bootTry }) };
    await this.database.prisma.boot.upsert({
      where: { nodeId_epoch: { nodeId, epoch } },
      create: { nodeId, epoch, ...served },
      update: served,
    });
    return { ...of, bootTry, token };
  }

  async deploy({ node, epoch }: { node: string; epoch: number }): Promise<void> {
    const client = rpcClient(this.servers.rpc, deployHelper, { timeoutMs: 30_000 });
    await client.cast.deploy({ node, epoch }, { requestId: 'req-test' });
  }

  async restart({ node, epoch }: { node: string; epoch: number }): Promise<void> {
    const client = rpcClient(this.servers.rpc, deployHelper, { timeoutMs: 30_000 });
    await client.cast.restart({ node, epoch }, { requestId: 'req-test' });
  }

  row({ nodeId, epoch }: { nodeId: number; epoch: number }): Promise<Deployment | null> {
    return this.database.prisma.deployment.findUnique({
      where: { nodeId_epoch: { nodeId, epoch } },
    });
  }

  /** Waits for one of the states; a failure that is none of them ends the waiting with its fault. */
  async inState(of: NodeWithServer, ...states: string[]): Promise<Deployment> {
    const awaited = async (): Promise<boolean> => {
      const row = await this.row(of);
      return row !== null && (row.state === deploymentState.failed || states.includes(row.state));
    };
    const what = `the deployment to be ${states.join(' or ')}`;
    await waitFor(awaited, { timeoutMs: 120_000, what });
    const row = await this.row(of);
    if (
      row === null ||
      (row.state === deploymentState.failed && !states.includes(deploymentState.failed))
    ) {
      throw new Error(`waited for ${what}, but it failed: ${JSON.stringify(row?.fault)}`);
    }
    return row;
  }

  /** Waits until a helper has taken it for the `attempt`th time. */
  async inAttempt(of: NodeWithServer, attempt: number): Promise<void> {
    await waitFor(async () => (await this.row(of))?.attempt === attempt, {
      timeoutMs: 60_000,
      what: `attempt ${String(attempt)} of the deployment`,
    });
  }

  /** What a test leaves half-done is nobody's work any more: every node goes to another epoch. */
  async releaseAll(): Promise<void> {
    await this.database.prisma.node.updateMany({ data: { epoch: { increment: 1 } } });
  }

  events({ node }: { node: string }): Promise<Event[]> {
    return this.database.prisma.event.findMany({ where: { subject: node }, orderBy: { n: 'asc' } });
  }

  private async plug(instance: string, address: string): Promise<void> {
    const [network, subnet, port] = [randomUUID(), randomUUID(), randomUUID()];
    const { prisma } = this.database;
    await prisma.network.create({ data: { id: network, name: 'n', projectId: 'p' } });
    await prisma.subnet.create({
      data: {
        ...{ id: subnet, networkId: network, projectId: 'p', cidr: '127.0.0.0/8' },
        ...{ allocationPools: [], dnsNameservers: ['127.0.0.53'] },
      },
    });
    await prisma.port.create({
      data: {
        ...{ id: port, networkId: network, subnetId: subnet, projectId: 'p' },
        ...{ macAddress: '52:54:00:00:00:01', ipAddress: address, deviceId: instance },
      },
    });
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
  return child.exitCode;
}
