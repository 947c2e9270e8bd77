// A whole cloud for a test or a bench: private broker and database, the six services as processes, and simulated
// machines.
import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, type Session } from '@metalcast/cloud-client';
import { ModelDatabase } from '@metalcast/db/models';
import { vmState, type ServiceName } from '@metalcast/domain';
import {
  createImage,
  createServer,
  createServers,
  ensureNetwork,
  infrastructureSteps,
  hostUrls,
  imageNames,
  keyFolder,
  labPaths,
  makeNetwork,
  openNodeAddresses,
  readAdminPassword,
  serviceProgram,
  serviceSpecs,
  showServer,
  simulatedNetwork,
  simulatorSpec,
  type LabContext,
  type Server,
} from '@metalcast/lab';
import {
  killService,
  removeAll,
  serviceStatus,
  startService,
  stopService,
  waitFor,
  type Ledger,
  type ServicePlace,
  type ServiceSpec,
  type WaitOptions,
} from '@metalcast/rig';
import { ownLedger } from '@metalcast/testing';
import { makeRawImage } from './images.js';
import { Machines } from './machines.js';
import { onSecondHost, secondApi, secondForwards, type SecondName } from './second-host.js';
import { shortWaits, type Settings } from './settings.js';

export { secondName } from './second-host.js';
export type { Settings } from './settings.js';

/** A process of the cloud. */
export type ProcessName = ServiceName | SecondName;

const bmcPort = 8700;
const controlPort = 8701;
const flavorId = 'simulated';
const buildTimeoutMs = 120_000;
/** Polling interval for conditions that take seconds. */
const patientMs = 250;
const logsVariable = 'METALCAST_TEST_LOGS';

export interface CloudOptions {
  readonly nodes: number;
  /** The checkout whose services, migrations and simulator run; default: this one. */
  readonly checkout?: string;
  /** A checkout whose services run beside the others, as on a second host. */
  readonly secondHost?: string;
  /** Default: the short waits of tests; `usual`: the services' defaults. */
  readonly waits?: 'short' | 'usual';
  /** Overrides of the settings above. */
  readonly settings?: Settings;
  /** Size of the data in the servers' image. */
  readonly imageMb?: number;
  /** Gives each node an availability zone with the node's name, so that `build` can choose the node. */
  readonly zones?: boolean;
  /** Records what the cloud creates; default: a ledger of the test run. */
  readonly ledger?: Ledger;
  /** False: a power failure may lose the database's data; default false. */
  readonly durable?: boolean;
  /** More ports to forward to the host, as in `LabContext`. */
  readonly forwards?: LabContext['forwards'];
  /** Arguments for node before each service's program, e.g. `--import=…`. */
  readonly nodeArguments?: readonly string[];
  /** Called after the start of broker and database, before any service; returns more settings. */
  readonly prepare?: (context: LabContext) => Promise<Settings>;
}

export interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly step: string;
  readonly attempt: number;
  readonly fault: { readonly code: string; readonly message: string } | null;
  readonly nodes_tried: readonly { readonly name: string; readonly fault: { code: string } }[];
}

/** The row of a server at the end of its build. */
export interface BuiltRow {
  readonly uuid: string;
  readonly vmState: string;
  readonly fault: unknown;
}

export interface NodeView {
  readonly uuid: string;
  readonly name: string;
  readonly state: string;
  readonly instance_uuid: string | null;
  readonly fault: { readonly code: string } | null;
}

interface CloudParts {
  readonly context: LabContext;
  readonly place: ServicePlace;
  /** By name. */
  readonly specs: Map<string, ServiceSpec>;
  readonly database: ModelDatabase;
  readonly machines: Machines;
  readonly session: Session;
  readonly imageId: string;
}

export class Cloud {
  /** For tests to read rows. */
  readonly database: ModelDatabase;
  readonly machines: Machines;
  readonly session: Session;

  private constructor(private readonly parts: CloudParts) {
    ({ database: this.database, machines: this.machines, session: this.session } = parts);
  }

  static async start(options: CloudOptions): Promise<Cloud> {
    const ledger = options.ledger ?? ownLedger();
    const sockets = mkdtempSync(join(tmpdir(), 'metalcast-'));
    ledger.recordPath(sockets);
    const data = ledger.folder;
    const paths = labPaths({ folder: join(data, 'papers'), data, sockets });
    mkdirSync(paths.logFolder, { recursive: true });
    const context: LabContext = {
      paths,
      ledger,
      ...(options.checkout === undefined ? {} : { checkout: options.checkout }),
      nodes: options.nodes,
      external: {},
      durable: options.durable ?? false,
      network: simulatedNetwork(options.nodes),
      forwards: {
        simulator: { inside: controlPort, wanted: controlPort },
        ...(options.secondHost === undefined ? {} : secondForwards),
        ...options.forwards,
      },
    };
    try {
      return await Cloud.startIn(context, options);
    } catch (error) {
      await remove(context);
      throw error;
    }
  }

  private static async startIn(context: LabContext, options: CloudOptions): Promise<Cloud> {
    const { paths, ledger, nodes } = context;
    const network = simulatedNetwork(nodes);
    for (const step of infrastructureSteps) {
      await step.run(context, () => undefined);
    }
    await makeNetwork(paths.namespace, network);
    await openNodeAddresses(paths.namespace, network);
    const control = `http://127.0.0.1:${String(context.forwarding?.ports['simulator'])}`;
    const passwordFile = join(paths.data, 'bmc-password');
    const password = randomBytes(12).toString('hex');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    const folder = join(paths.data, 'machines');
    const machines = new Machines(control, nodes, bmcPort, password);
    const place = { ledger, namespace: paths.namespace, logFolder: paths.logFolder };
    const settings = [
      options.waits === 'usual' ? {} : shortWaits,
      options.settings ?? {},
      (await options.prepare?.(context)) ?? {},
    ];
    const { checkout } = options;
    const specs = [
      simulatorSpec({ checkout, folder, passwordFile, nodes, bmcPort, controlPort, control }),
      ...servicesOf(context, options, settings),
    ];
    await Promise.all(specs.map((spec) => startService(place, spec)));
    const session = await logIn(context, hostUrls(context).api);
    await ensureNetwork(session, network);
    await machines.enrol(session, options.zones ?? false);
    await makeFlavor(session, machines);
    const imageId = await uploadImages(session, paths.data, options.imageMb ?? 4);
    const url = hostUrls(context).database;
    const database = new ModelDatabase({ url, poolSize: 4, applicationName: 'simulated-test' });
    const byName = new Map(specs.map((spec) => [spec.name, spec]));
    return new Cloud({ context, place, specs: byName, database, machines, session, imageId });
  }

  /** Process ids of the running services and the simulator. */
  async pids(): Promise<Map<string, number>> {
    const all = await Promise.all(
      [...this.parts.specs.values()].map((spec) => serviceStatus(this.parts.place, spec)),
    );
    return new Map(all.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])));
  }

  /** Has a folder for each service that keeps files. */
  get dataFolder(): string {
    return this.parts.context.paths.data;
  }

  get brokerUrl(): string {
    return hostUrls(this.parts.context).amqp;
  }

  get databaseUrl(): string {
    return hostUrls(this.parts.context).database;
  }

  /** The folder with the keys of all services. */
  get keys(): string {
    return keyFolder(this.parts.context.paths);
  }

  /** The log of a service or the broker so far. */
  log(name: ProcessName | 'broker'): string {
    return readFileSync(join(this.parts.place.logFolder, `${name}.log`), 'utf8');
  }

  /** Removes every process, the namespace and all files. Idempotent. */
  async close(): Promise<void> {
    await this.database.close();
    await remove(this.parts.context);
  }

  /** The same cloud, whose requests go to the api of the second host. */
  async throughSecondApi(): Promise<Cloud> {
    const { context } = this.parts;
    return new Cloud({ ...this.parts, session: await logIn(context, secondApi(context)) });
  }

  /** For tests that run commands on its broker and database. */
  get context(): LabContext {
    return this.parts.context;
  }

  /** Adds a small image with these properties; returns its id, for `build`. */
  async addImage(name: string, properties: Readonly<Record<string, string>>): Promise<string> {
    const file = join(this.parts.context.paths.data, `${name}.raw`);
    makeRawImage(file, 1);
    return createImage(this.session, { name, file, diskFormat: 'raw', properties });
  }

  /** Requests a server, in a zone if one is named; returns its id. */
  async build(zone?: string, imageRef = this.parts.imageId): Promise<string> {
    return createServer(this.session, {
      name: `server-${randomUUID().slice(0, 8)}`,
      imageRef,
      flavorRef: flavorId,
      ...(zone === undefined ? {} : { availability_zone: zone }),
    });
  }

  /** Requests `count` servers in one request; returns their ids. */
  async buildTogether(count: number): Promise<string[]> {
    const name = `servers-${randomUUID().slice(0, 8)}`;
    const wanted = { name, imageRef: this.parts.imageId, flavorRef: flavorId };
    const reservationId = await createServers(this.session, wanted, count);
    const rows = await this.database.prisma.instance.findMany({
      where: { reservationId },
      select: { uuid: true },
    });
    return rows.map(({ uuid }) => uuid);
  }

  async delete(id: string): Promise<void> {
    await this.session.request({ api: 'compute', method: 'DELETE', path: `/servers/${id}` });
  }

  show(id: string): Promise<Server> {
    return showServer(this.session, id);
  }

  /** Waits for the end of the build. Reads the row, because many clients that poll the api keep it busy. */
  async built(id: string, timeoutMs = buildTimeoutMs): Promise<Server> {
    const until = { what: `server ${id} to be built`, timeoutMs, everyMs: patientMs };
    return this.until(id, until, async () => {
      const where = { uuid: id };
      const row = await this.database.prisma.instance.findUnique({
        where,
        select: { vmState: true },
      });
      return row !== null && row.vmState !== vmState.building && this.show(id);
    });
  }

  /** Waits for the end of all builds with one query per round; returns the rows. */
  async allBuilt(ids: readonly string[], timeoutMs: number): Promise<BuiltRow[]> {
    const { instance } = this.database.prisma;
    const uuid = { in: [...ids] };
    const until = { what: `${ids.length} servers to be built`, timeoutMs, everyMs: patientMs };
    await waitFor(
      async () => (await instance.count({ where: { uuid, vmState: vmState.building } })) === 0,
      until,
    );
    return instance.findMany({
      where: { uuid },
      select: { uuid: true, vmState: true, fault: true },
    });
  }

  /** Waits for the deletion of all servers with one query per round. */
  async allDeleted(ids: readonly string[], timeoutMs: number): Promise<void> {
    const { instance } = this.database.prisma;
    const uuid = { in: [...ids] };
    const until = { what: `${ids.length} servers to be deleted`, timeoutMs, everyMs: patientMs };
    await waitFor(
      async () => (await instance.count({ where: { uuid, deletedAt: null } })) === 0,
      until,
    );
  }

  async deleted(id: string, timeoutMs = buildTimeoutMs): Promise<void> {
    const until = { what: `server ${id} to be deleted`, timeoutMs, everyMs: patientMs };
    await this.until(id, until, async () => {
      const row = await this.database.prisma.instance.findUnique({
        where: { uuid: id },
        select: { vmState: true, deletedAt: true },
      });
      return row?.vmState === vmState.deleted && row.deletedAt !== null;
    });
  }

  /** The state of the server's newest operation. */
  async operation(id: string): Promise<OperationView> {
    const [newest] = await this.operations(id);
    return there(newest, `an operation of ${id}`);
  }

  private async operations(id: string): Promise<OperationView[]> {
    const path = `/servers/${id}/operations`;
    const answer = await this.session.request({ api: 'metalcast', path });
    return (answer as { operations: OperationView[] }).operations;
  }

  async nodes(): Promise<NodeView[]> {
    const answer = await this.session.request({ api: 'metalcast', path: '/nodes' });
    return (answer as { nodes: NodeView[] }).nodes;
  }

  /** Resolves when the step of the server's build has started. Reads the row, because the api may be dead. */
  async stepBegun(instanceUuid: string, step: string, timeoutMs = buildTimeoutMs): Promise<void> {
    const until = { what: `step ${step} of ${instanceUuid}`, timeoutMs, everyMs: 50 };
    await this.until(instanceUuid, until, async () => {
      const row = await this.database.prisma.operationStep.findFirst({
        where: { step, undo: false, operation: { instanceUuid } },
        select: { id: true },
      });
      return row !== null;
    });
  }

  /** Sends SIGKILL; throws when the process has already ended, because it then died by itself. */
  async kill(name: ProcessName): Promise<void> {
    const { pid } = await serviceStatus(this.parts.place, this.specOf(name));
    if (pid === undefined) {
      const log = join(this.parts.place.logFolder, `${name}.log`);
      throw new Error(`${name} had died by itself: ${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await killService(this.parts.place, name);
  }

  /** Stops a service as an operator does. */
  async stop(name: ProcessName): Promise<void> {
    await stopService(this.parts.place, name);
  }

  /** Starts a service unless it runs. Resolves when it is ready. */
  async restart(name: ProcessName): Promise<void> {
    await startService(this.parts.place, this.specOf(name));
  }

  /** Stops a service and starts that of another checkout in its place. Resolves when it is ready. */
  async replace(name: ServiceName, checkout: string): Promise<void> {
    await this.stop(name);
    const spec = this.specOf(name);
    const args = [...spec.args.slice(0, -1), serviceProgram(checkout, name)];
    this.parts.specs.set(name, { ...spec, args });
    await this.restart(name);
  }

  private specOf(name: ProcessName): ServiceSpec {
    return there(this.parts.specs.get(name), name);
  }

  private async until<T>(
    instanceUuid: string,
    wait: WaitOptions,
    condition: () => Promise<T | false>,
  ): Promise<T> {
    try {
      return await waitFor(condition, wait);
    } catch (error) {
      const operations = await this.database.prisma.operation.findMany({
        where: { instanceUuid },
        include: { steps: { orderBy: { id: 'asc' } } },
      });
      const seen = JSON.stringify(operations, inText, 1);
      throw new Error(`${(error as Error).message}: ${seen}`, { cause: error });
    }
  }
}

/** The services of the first host and, if there is one, of the second. */
function servicesOf(
  context: LabContext,
  { secondHost, nodeArguments = [] }: CloudOptions,
  settings: readonly Settings[],
): ServiceSpec[] {
  const specs = (of: LabContext): ServiceSpec[] =>
    serviceSpecs(of).map((spec) => ({
      ...withSettings(spec, settings),
      args: [...nodeArguments, ...spec.args],
    }));
  const second = secondHost === undefined ? [] : specs({ ...context, checkout: secondHost });
  return [...specs(context), ...second.map((spec) => onSecondHost(context, spec))];
}

const logIn = (context: LabContext, api: string): Promise<Session> =>
  openSession({
    authUrl: `${api}/identity`,
    user: 'admin',
    password: readAdminPassword(context.paths),
    project: 'admin',
  });

/** JSON has no eight-byte integers, so they become strings. */
const inText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

function withSettings(spec: ServiceSpec, settings: readonly Settings[]): ServiceSpec {
  const name = spec.name as ServiceName;
  const own = settings.flatMap((each) => Object.entries(each[name] ?? {}));
  return { ...spec, env: { ...spec.env, ...Object.fromEntries(own) } };
}

function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`there is no ${what}`);
  }
  return value;
}

/** `METALCAST_TEST_LOGS` names a folder to which the logs are copied. */
async function remove({ ledger, paths }: LabContext): Promise<void> {
  const kept = process.env[logsVariable];
  if (kept !== undefined) {
    cpSync(paths.logFolder, join(kept, paths.namespace), { recursive: true });
  }
  await removeAll(ledger);
}

async function makeFlavor(session: Session, { labels }: Machines): Promise<void> {
  const { memoryMb, diskMb } = there(labels[0], 'node');
  const disk = Math.floor(diskMb / 1024) - 1;
  const flavor = { id: flavorId, name: 'simulated.node', ram: memoryMb, vcpus: 1, disk };
  await session.request({ api: 'compute', method: 'POST', path: '/flavors', body: { flavor } });
}

async function uploadImages(session: Session, folder: string, imageMb: number): Promise<string> {
  const kernel = join(folder, 'kernel');
  const ramdisk = join(folder, 'ramdisk');
  const image = join(folder, 'image.raw');
  writeFileSync(kernel, randomBytes(64 * 1024));
  writeFileSync(ramdisk, randomBytes(256 * 1024));
  makeRawImage(image, imageMb);
  await createImage(session, { name: imageNames.kernel, file: kernel, diskFormat: 'aki' });
  await createImage(session, { name: imageNames.ramdisk, file: ramdisk, diskFormat: 'ari' });
  return createImage(session, { name: 'simulated', file: image, diskFormat: 'raw' });
}
