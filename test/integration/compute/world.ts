import { randomUUID } from 'node:crypto';
import { compute, scheduler, type EventData, type EventName } from '@metalcast/contracts';
import type { Prisma, Instance, Node, Operation } from '@metalcast/db';
import { insertBuilds, requestDelete, type NewBuilds } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { claimNode } from '@metalcast/db/scheduler';
import {
  binaries,
  deploymentState,
  deploymentStates,
  Fault,
  nodeState,
  powerCommandState,
  statesUnderWay,
  taskState,
  waitingDeploymentStates,
  vmState,
  type FaultCode,
  type ServiceName,
} from '@metalcast/domain';
import { loadConfig } from '@metalcast/config';
import { castMessage } from '@metalcast/rpc';
import { createLogger } from '@metalcast/log';
import type { OverdueGuard } from '@metalcast/service';
import {
  BootStandIn,
  DeployHelperStandIn,
  PowerStandIn,
  startDatabase,
  type TestDatabase,
} from '@metalcast/testing';
import { options } from '../../../services/compute/src/config.js';
import { Engine } from '../../../services/compute/src/engine/advance.js';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import { wakeBy } from '../../../services/compute/src/engine/wake.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { anImage, tinyFlavor } from '../snapshots.js';

const requester = { requestId: 'req-test', projectId: 'p1', userId: 'u1' };

export interface Cast {
  readonly method: string;
  readonly args: Record<string, unknown>;
}

/** One of both. */
export interface Message {
  /** As it is on the wire. */
  readonly event?: unknown;
  readonly cast?: Cast;
}

/** An OpenStack notification as its listener sees it. */
export interface HeardNotification {
  /** `notifications.info` */
  readonly queue: string;
  readonly publisher_id: string;
  readonly event_type: string;
  readonly priority: string;
  readonly payload: Record<string, unknown>;
}

/** What the other services do with a cast: the rows they write. A fault makes the power or the deployment fail. */
export interface Others {
  power?: (target: string, node: Node) => FaultCode | 'silent' | undefined;
  /** A fault is one of the deploy boot. */
  boot?: () => FaultCode | 'silent' | undefined;
  deploy?: (node: Node) => FaultCode | 'silent' | undefined;
  ramdisk?: (node: Node) => 'silent' | undefined;
  schedule?: () => 'silent' | undefined;
  /** The only ones that the scheduler may choose. */
  nodes?: readonly Node[];
  /** How often each operation is woken, at the same time, by two compute processes in turns. */
  wakes?: number;
}

export interface WorldOptions {
  readonly poolSize?: number;
  /** The database as the engines see it. */
  readonly around?: (database: ModelDatabase) => ModelDatabase;
  /** Takes the engines' log, from errors on. */
  readonly onLog?: (line: string) => void;
  /** Called with the url of the database before anybody has connected to it. */
  readonly prepare?: (url: string) => Promise<void>;
  /** What the engines go by; else `canDeclareOverdue` of the world, and a clock that never jumps. */
  readonly overdueGuard?: OverdueGuard;
}

/** A boot service tells of itself that it serves the network of `World.network`. */
export const bootDetails = { address: '10.9.0.2', network: null as string | null, serving: true };

const detailsOf = (service: ServiceName): Prisma.InputJsonObject =>
  service === 'boot' ? bootDetails : {};

/** A database with nodes in it, the compute engine under test, and stand-ins that write what other services would. */
export class World {
  /** OpenStack notifications that were taken from the outbox so far. */
  readonly notifications: HeardNotification[] = [];
  /** For the stand-ins, and to be looked into. */
  readonly database: ModelDatabase;
  /** As compute has it, with its rights. */
  readonly ownDatabase: ModelDatabase;
  /** As the api has it, with its rights. */
  private readonly apiDatabase: ModelDatabase;
  /** What the power service was asked for: target and boot device. */
  readonly bootDevices: string[] = [];
  readonly boot: BootStandIn;
  readonly power: PowerStandIn;
  readonly deployments: DeployHelperStandIn;

  private processes: readonly [Engine, Engine];

  private constructor(
    private readonly testDatabase: TestDatabase,
    databases: Pick<World, 'database' | 'ownDatabase'> & { readonly apiDatabase: ModelDatabase },
    private readonly newEngine: () => Engine,
    /** Whether the engine may call others' work overdue. */
    readonly canDeclareOverdue: { now: boolean },
  ) {
    this.database = databases.database;
    this.ownDatabase = databases.ownDatabase;
    this.apiDatabase = databases.apiDatabase;
    this.processes = [newEngine(), newEngine()];
    this.boot = new BootStandIn(this.database);
    this.power = new PowerStandIn(this.database);
    this.deployments = new DeployHelperStandIn(this.database);
  }

  static async open(
    overrides: Record<string, string> = {},
    used: Readonly<Record<string, Plan>> = plans,
    { poolSize = 5, around = (database) => database, ...more }: WorldOptions = {},
  ): Promise<World> {
    const { onLog, prepare, overdueGuard } = more;
    const testDatabase = await startDatabase();
    await prepare?.(testDatabase.url);
    const [database, ownDatabase] = [testDatabase.url, testDatabase.urlOf('compute')].map(
      (url) =>
        new ModelDatabase({ url, poolSize, applicationName: 'test-compute', service: 'compute' }),
    ) as [ModelDatabase, ModelDatabase];
    const apiDatabase = new ModelDatabase({
      url: testDatabase.urlOf('api'),
      ...{ poolSize: 2, applicationName: 'test-api', service: 'api' },
    });
    const config = loadConfig(options, {
      env: {
        DATABASE_URL: testDatabase.urlOf('compute'),
        AMQP_URL: 'amqp://unused',
        METALCAST_HOST: 'compute1',
        ...overrides,
      },
    });
    const logger = createLogger('compute', 'error', onLog && { write: onLog });
    const canDeclareOverdue = { now: true };
    const engineOptions = {
      ...{ config, logger },
      canDeclareOverdue: (clock: Date) =>
        overdueGuard?.canDeclareOverdue(clock) ?? canDeclareOverdue.now,
      jumps: () => overdueGuard?.jumps ?? [],
    };
    const newEngine = (): Engine => new Engine(around(ownDatabase), used, engineOptions);
    const databases = { database, ownDatabase, apiDatabase };
    return new World(testDatabase, databases, newEngine, canDeclareOverdue);
  }

  /** Of two compute processes. */
  get engines(): readonly [Engine, Engine] {
    return this.processes;
  }

  get engine(): Engine {
    return this.engines[0];
  }

  /** Its process was killed: another one, which remembers nothing, takes its place. */
  replace(dead: Engine): void {
    const [one, other] = this.processes;
    this.processes = [
      one === dead ? this.newEngine() : one,
      other === dead ? this.newEngine() : other,
    ];
  }

  async close(): Promise<void> {
    const databases = [this.database, this.ownDatabase, this.apiDatabase];
    await Promise.all(databases.map((database) => database.close()));
    await this.testDatabase.close();
  }

  async network(cidr = '10.9.0.0/24', end = '10.9.0.250'): Promise<void> {
    const { prisma } = this.database;
    const network = await prisma.network.create({
      data: { id: randomUUID(), name: 'flat', projectId: 'p1' },
    });
    await prisma.subnet.create({
      data: {
        id: randomUUID(),
        networkId: network.id,
        projectId: 'p1',
        cidr,
        allocationPools: [{ start: '10.9.0.10', end }],
      },
    });
  }

  async node(name: string): Promise<Node> {
    const node = await this.database.prisma.node.create({
      data: { uuid: randomUUID(), name, cpus: 1, memoryMb: 512, localGb: 8, powerDriver: 'fake' },
    });
    const [high, low] = [node.id >> 8, node.id & 255].map((byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    const address = `52:54:00:00:${String(high)}:${String(low)}`;
    await this.database.prisma.interface.create({ data: { nodeId: node.id, address } });
    return node;
  }

  /** A service has written its heartbeats for so long, the last of them so long ago. */
  async heartbeats(
    service: ServiceName,
    { since = '30 days', last = '0 s', host = 'h', details = detailsOf(service) } = {},
  ): Promise<void> {
    const row = { host, binary: binaries[service], version: '1.0', details };
    await this.database.prisma.service.upsert({
      where: { host_binary: { host, binary: row.binary } },
      create: row,
      update: { details },
    });
    await this.database.prisma.$executeRaw`
      UPDATE services SET started_at = clock_timestamp() - ${since}::interval,
             last_seen = clock_timestamp() - ${last}::interval, stopped_at = NULL
       WHERE host = ${host} AND "binary" = ${row.binary}`;
  }

  /** Its row alone: no build has begun. */
  async instanceOf(
    name: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<Instance> {
    const { common, each } = buildOf(randomUUID(), name, properties);
    const json = { image: common.image, flavor: common.flavor } as Prisma.InstanceCreateInput;
    return this.database.prisma.instance.create({
      data: {
        ...json,
        ...{ userId: 'u1', projectId: 'p1', reservationId: 'r-1', imageRef: common.imageRef },
        ...{
          memoryMb: 512,
          vcpus: 1,
          rootGb: 4,
          vmState: vmState.building,
          taskState: taskState.scheduling,
        },
        ...each[0]!,
      },
    });
  }

  /** `properties`: of its image. */
  async server(
    name: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<{ instance: Instance; operation: Operation }> {
    const { prisma } = this.database;
    const uuid = randomUUID();
    await insertBuilds(this.database, buildOf(uuid, name, properties), (out) => {
      const args = { request_spec: { instance_uuids: [uuid] } };
      out.cast(uuid, castMessage(scheduler, 'runInstance', args, requester));
    });
    return {
      instance: await prisma.instance.findUniqueOrThrow({ where: { uuid } }),
      operation: await prisma.operation.findFirstOrThrow({ where: { instanceUuid: uuid } }),
    };
  }

  async delete(instance: Instance): Promise<void> {
    const operation = await this.apiDatabase.transaction(({ sql }) =>
      requestDelete(sql, instance, requester),
    );
    await this.engine.advance({ operation: operation.id });
  }

  /** Lets the other services answer what is in the outbox, and the engine go on, until nothing moves any more. */
  async settle(others: Others = {}): Promise<void> {
    for (let casts = await this.takeCasts(); casts.length > 0; casts = await this.takeCasts()) {
      for (const cast of casts) {
        await this.answer(cast, others);
      }
      const live = await this.database.prisma.operation.findMany({
        where: { state: { in: [...statesUnderWay] } },
      });
      const wakes = Array.from({ length: others.wakes ?? 1 });
      for (const { id } of live) {
        await Promise.all(
          wakes.map((_, n) => this.engines[n % 2 === 0 ? 0 : 1].advance({ operation: id })),
        );
      }
    }
  }

  /** Makes every time limit of the live operations have passed. */
  async passTime(): Promise<void> {
    await this.database.prisma.$executeRaw`
      UPDATE operation_steps SET started_at = started_at - interval '1 day' WHERE finished_at IS NULL`;
    await this.database.prisma.$executeRaw`
      UPDATE operations SET begun_at = begun_at - interval '1 day' WHERE begun_at IS NOT NULL`;
    await this.database.prisma.$executeRaw`
      UPDATE boots SET dhcp_at = dhcp_at - interval '1 day', script_at = script_at - interval '1 day',
             kernel_at = kernel_at - interval '1 day', ramdisk_at = ramdisk_at - interval '1 day',
             no_loader_at = no_loader_at - interval '1 day', foreign_dhcp_at = foreign_dhcp_at - interval '1 day'`;
    await this.database.prisma.$executeRaw`
      UPDATE power_commands SET switched_on_at = switched_on_at - interval '1 day'`;
    const live = await this.database.prisma.operation.findMany({
      where: { state: { in: [...statesUnderWay] } },
    });
    for (const { id } of live) {
      await this.passDeadline(id);
    }
  }

  /** Wakes the operation as the sweep does when its time to look again has come. */
  async passDeadline(id: string): Promise<void> {
    await this.database.prisma.$executeRaw`
      UPDATE operations SET deadline_at = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
    await this.engine.advance({ operation: id });
  }

  async operation(id: string): Promise<Operation> {
    return this.database.prisma.operation.findUniqueOrThrow({ where: { id } });
  }

  async instance(uuid: string): Promise<Instance> {
    return this.database.prisma.instance.findUniqueOrThrow({ where: { uuid } });
  }

  async nodeNow({ id }: Node): Promise<Node> {
    return this.database.prisma.node.findUniqueOrThrow({ where: { id } });
  }

  /** Casts that were committed to the outbox and not taken yet; about these subjects, if they are named. */
  async takeCasts(subjects?: readonly string[]): Promise<Cast[]> {
    const messages = await this.takeMessages(subjects);
    return messages.flatMap(({ cast }) => (cast === undefined ? [] : [cast]));
  }

  /** Likewise events and casts, in their order. */
  async takeMessages(subjects?: readonly string[]): Promise<Message[]> {
    // The names of all streams about one end with it.
    const streams = subjects?.map((subject) => ({ aggregate: { endsWith: subject } }));
    const rows = await this.database.prisma.outbox.findMany({
      ...(streams === undefined ? {} : { where: { OR: streams } }),
      orderBy: { seq: 'asc' },
    });
    await this.database.prisma.outbox.deleteMany({
      where: { seq: { in: rows.map(({ seq }) => seq) } },
    });
    return rows.flatMap(({ kind, routingKey, body }): Message[] => {
      switch (kind) {
        case 'event':
          return [{ event: JSON.parse(body) as unknown }];
        case 'cast': {
          const { method, args } = opened(body) as Cast;
          return [{ cast: { method: `${routingKey}.${method}`, args } }];
        }
        default: {
          const notification = opened(body) as Omit<HeardNotification, 'queue'>;
          this.notifications.push({ ...notification, queue: routingKey });
          return [];
        }
      }
    });
  }

  /** Does what the service does that the cast is for. */
  async answer({ method, args }: Cast, others: Others = {}): Promise<void> {
    switch (method) {
      case 'scheduler.run_instance':
        return others.schedule?.() === 'silent' ? undefined : this.claim(args, others);
      case 'boot.prepare':
        return this.prepareBoot(args, others);
      case 'power.set':
        return this.setPower(args, others);
      case 'deploy_helper.deploy':
        return this.deploy(args, others);
      case 'deploy_helper.restart':
        return this.restart(args);
    }
  }

  private async claim(args: Record<string, unknown>, { nodes }: Others): Promise<void> {
    const [uuid] = (args['request_spec'] as { instance_uuids: string[] }).instance_uuids;
    const operation = await this.database.prisma.operation.findFirst({
      where: { instanceUuid: uuid!, awaiting: 'claim' },
    });
    if (operation === null) {
      return;
    }
    const { forcedNode } = await this.instance(uuid!);
    const tried = (operation.nodesTried as { node: string }[]).map(({ node }) => node);
    const node = await this.database.prisma.node.findFirst({
      where: {
        instanceUuid: null,
        uuid: { notIn: tried },
        ...(nodes === undefined ? {} : { id: { in: nodes.map(({ id }) => id) } }),
        ...(forcedNode === null ? {} : { name: forcedNode }),
        OR: [{ taskState: null }, { taskState: nodeState.deleted }],
      },
      orderBy: { id: 'asc' },
    });
    if (node === null) {
      const fault = new Fault('NO_VALID_HOST', { reason: 'Of 2 nodes: 2 were tried.' }).toRecord();
      await this.database.transaction(async ({ sql, out }) => {
        const { count } = await sql.operation.updateMany({
          where: { id: operation.id, awaiting: 'claim', attempt: operation.attempt },
          data: { awaiting: null, fault: { ...fault } },
        });
        if (count > 0) {
          const args = { operation_id: operation.id };
          out.cast(uuid!, castMessage(compute, 'advance', args, requester));
        }
      });
      return;
    }
    const { id: operationId, attempt } = operation;
    const chosen = { nodeId: node.id, version: node.version };
    const claim = { operationId, attempt, instanceUuid: uuid!, ...chosen };
    await claimNode(this.database, claim, {
      tell: (out) => {
        const instance = { uuid: uuid! };
        const placed = { instance, node: node.uuid };
        out.cast(instance.uuid, castMessage(compute, 'runInstance', placed, requester));
      },
    });
  }

  private async prepareBoot(args: Record<string, unknown>, others: Others): Promise<void> {
    const node = await this.current(args);
    const answer = others.boot?.();
    if (node !== undefined && answer !== 'silent') {
      await this.boot.prepare(node, node.bootMode === 'deploy' ? answer : undefined);
    }
  }

  private async setPower(args: Record<string, unknown>, others: Others): Promise<void> {
    const node = await this.current(args);
    const target = String(args['target']);
    this.bootDevices.push(`${target} ${String(args['boot_device'])}`);
    const code = node === undefined ? 'silent' : others.power?.(target, node);
    if (node === undefined || code === 'silent') {
      return;
    }
    const asked = { key: String(args['key']), target };
    const end = code === undefined ? powerCommandState.succeeded : powerCommandState.failed;
    await this.power.bring(node, asked, end, code);
    if (code === undefined && target === 'cycle') {
      await this.startRamdisk(node, others);
    }
  }

  /** What a node that is switched on boots into. */
  private async startRamdisk(node: Node, others: Others): Promise<void> {
    if (node.bootMode === 'deploy' && others.ramdisk?.(node) !== 'silent') {
      await this.hello(node);
    }
  }

  /** The ramdisk reports. */
  hello(node: Node): Promise<void> {
    return this.deployments.hello(node);
  }

  private async deploy(args: Record<string, unknown>, others: Others): Promise<void> {
    const node = await this.current(args);
    const code = node === undefined ? 'silent' : others.deploy?.(node);
    if (node !== undefined && code !== 'silent') {
      const end = code === undefined ? deploymentState.verified : deploymentState.failed;
      await this.deployments.bring(node, end, { code, from: waitingDeploymentStates });
    }
  }

  private async restart(args: Record<string, unknown>): Promise<void> {
    const node = await this.current(args);
    if (node !== undefined) {
      const from = deploymentStates.sources('restart');
      await this.deployments.bring(node, deploymentState.left, { from });
    }
  }

  /** The node that the cast names, unless its epoch has passed: then any service leaves it alone. */
  private async current(args: Record<string, unknown>): Promise<Node | undefined> {
    const node = await this.database.prisma.node.findUniqueOrThrow({
      where: { uuid: String(args['node']) },
    });
    return node.epoch === args['epoch'] ? node : undefined;
  }

  /** An event of the node as another service would record it, and its delivery to compute. */
  async tell<N extends EventName>(name: N, node: Node, data: EventData<N>): Promise<void> {
    await this.emit(name, node, data);
    const event = await this.database.prisma.event.findFirstOrThrow({
      where: { subject: node.uuid },
      orderBy: { n: 'desc' },
    });
    await wakeBy(this.engine, {
      specversion: '1.0',
      id: event.id,
      source: 'test',
      type: event.type,
      subject: event.subject,
      time: event.time.toISOString(),
      datacontenttype: 'application/json',
      sequence: String(event.n),
      ...(event.epoch === null ? {} : { epoch: event.epoch }),
      data: event.data,
    });
  }

  /** An event of the node and the fact of which it is the news, recorded and not delivered. */
  emit<N extends EventName>(name: N, node: Node, data: EventData<N>): Promise<void> {
    return this.boot.see(name, node, data);
  }
}

/** What is in oslo.messaging's envelope. */
function opened(body: string): unknown {
  const envelope = JSON.parse(body) as { 'oslo.message': string };
  return JSON.parse(envelope['oslo.message']);
}

function buildOf(
  uuid: string,
  name: string,
  properties: Readonly<Record<string, string>>,
): NewBuilds {
  const image = anImage(properties);
  return {
    common: {
      ...{ userId: 'u1', projectId: 'p1', displayDescription: null, reservationId: 'r-1' },
      ...{ imageRef: image.id, image, flavor: tinyFlavor, metadata: {} },
      ...{ memoryMb: 512, vcpus: 1, rootGb: 4, ephemeralGb: 0, keyName: null, keyData: null },
      ...{ requestedNetworks: 'auto', schedulerHints: {}, configDrive: true },
      ...{ availabilityZone: null, forcedHost: null, forcedNode: null, serverGroupId: null },
    },
    each: [
      {
        ...{ uuid, displayName: name, hostname: name, launchIndex: 0 },
        ...{ userData: 'v1:ciphertext', adminPass: '' },
      },
    ],
    requester,
  };
}
