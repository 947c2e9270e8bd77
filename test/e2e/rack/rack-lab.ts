import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openSession, type Session } from '@metalcast/cloud-client';
import { vmState } from '@metalcast/domain';
import { labPaths, runningRack, type Rack, type RackNode } from '@metalcast/lab';
import {
  killService,
  Ledger,
  markVariable,
  serviceStatus,
  startService,
  waitFor,
} from '@metalcast/rig';
import { testRun } from '@metalcast/testing';
import pg from 'pg';
import { z } from 'zod';
import { Witness } from './witness.js';

const program = resolve('lab/dist/main.js');
/** A machine with other work may need minutes for a first server. */
const upTimeoutMs = 540_000;

const labJson = z.object({
  api: z.url(),
  amqp: z.url(),
  database: z.url(),
  namespace: z.string(),
  services: z.array(z.object({ name: z.string(), pid: z.int(), health: z.url() })),
  nodes: z.array(
    z.object({
      uuid: z.string(),
      bmc: z.object({ address: z.string(), port: z.int(), credentials: z.string() }),
      macs: z.array(z.string()),
      serial: z.string(),
    }),
  ),
});

const serverView = z.looseObject({
  id: z.string(),
  status: z.string(),
  'OS-EXT-SRV-ATTR:hypervisor_hostname': z.string().nullable(),
  fault: z.object({ message: z.string(), details: z.string().optional() }).optional(),
});
export type ServerView = z.output<typeof serverView>;

const operation = z.object({ state: z.string(), step: z.string() });
const instance = z.object({ vm_state: z.string() });

/** A separate lab on the real rack: QEMU machines behind IPMI BMCs, all six services. */
export class RackLab {
  readonly folder: string;
  readonly data: string;
  session!: Session;
  rack!: Rack;
  private seenBy: Witness | undefined;
  private rows: pg.Client | undefined;

  private constructor(
    private readonly parent: string,
    private readonly firmwareTimeoutMs: number,
  ) {
    this.folder = join(parent, '.lab');
    this.data = join(testRun().folder, `rack-${parent.slice(-6)}`);
  }

  /** The default is short enough for a test and long enough for an emulated BIOS on a busy host. */
  static create(firmwareTimeoutMs = 30_000): RackLab {
    return new RackLab(mkdtempSync(join(tmpdir(), 'rack-')), firmwareTimeoutMs);
  }

  /** Runs `lab up` under the witness; returns its output. */
  async up(...args: readonly string[]): Promise<string> {
    const output = await this.lab(['up', '--nodes', '2', ...args], {
      text: 'RabbitMQ answers',
      work: async () => {
        this.seenBy = await Witness.begin(labPaths(this));
      },
    });
    const { api } = this.json();
    this.session = await openSession({
      authUrl: `${api}/identity`,
      user: 'admin',
      password: this.openrc()['OS_PASSWORD'] ?? '',
      project: 'admin',
    });
    await this.findRack();
    this.rows = new pg.Client({ connectionString: this.json().database });
    await this.rows.connect();
    return output;
  }

  private async findRack(): Promise<void> {
    const rack = await runningRack({
      ledger: Ledger.open(this.data),
      folder: join(this.data, 'rack'),
    });
    this.rack = rack!;
  }

  async down(): Promise<string> {
    await this.seenBy?.close();
    await this.rows?.end();
    this.rows = undefined;
    const output = await this.lab(['down']);
    rmSync(this.parent, { recursive: true, force: true });
    return output;
  }

  /** Exists from the first `up` on. */
  get witness(): Witness {
    if (this.seenBy === undefined) {
      throw new Error('the lab was never up');
    }
    return this.seenBy;
  }

  json(): z.output<typeof labJson> {
    return labJson.parse(JSON.parse(readFileSync(join(this.folder, 'lab.json'), 'utf8')));
  }

  openrc(): Record<string, string> {
    const text = readFileSync(join(this.folder, 'openrc'), 'utf8');
    return Object.fromEntries(
      [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name!, value!]),
    );
  }

  /** Runs a program with the variables of the openrc, as a user of the lab would. */
  async asUser(command: string, args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, [...args], {
      env: { ...process.env, ...this.openrc() },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  /** Runs `lab up` again for a larger rack, without another server. */
  async grow(...args: readonly string[]): Promise<void> {
    await this.lab(['up', '--no-server', ...args]);
    await this.findRack();
  }

  /** Sends SIGKILL and starts the same process again at once. Resolves when it is ready. */
  async killAndRestart(name: string): Promise<void> {
    const { namespace, services } = this.json();
    const { health } = services.find((service) => service.name === name)!;
    const ledger = Ledger.open(this.data);
    const place = { ledger, namespace, logFolder: join(this.folder, 'log') };
    const { pid } = await serviceStatus(place, { name, health });
    const [command = '', ...args] = wordsOf(`/proc/${pid}/cmdline`);
    const env = Object.fromEntries(
      wordsOf(`/proc/${pid}/environ`)
        .map((word): [string, string] => [
          word.split('=', 1)[0]!,
          word.slice(word.indexOf('=') + 1),
        ])
        .filter(([variable]) => variable !== markVariable),
    );
    const capabilities = name === 'boot' ? ['net_admin', 'net_raw', 'net_bind_service'] : [];
    await killService(place, name);
    await startService(place, {
      name,
      command,
      args,
      env,
      health,
      capabilities,
    });
  }

  async createServer(server: Record<string, unknown>): Promise<string> {
    const answer = await this.session.request({
      api: 'compute',
      method: 'POST',
      path: '/servers',
      body: { server: { flavorRef: 'lab', imageRef: await this.imageId(), ...server } },
    });
    return z.object({ server: z.object({ id: z.string() }) }).parse(answer).server.id;
  }

  async server(id: string): Promise<ServerView> {
    const answer = await this.session.request({ api: 'compute', path: `/servers/${id}` });
    return z.object({ server: serverView }).parse(answer).server;
  }

  /** The server after its build. Until then reads the row, because clients that poll the api keep it busy. */
  async built(id: string, timeoutMs = 240_000): Promise<ServerView> {
    return waitFor(
      async () => {
        const row = await this.row('SELECT vm_state FROM instances WHERE uuid = $1', id);
        if (row === undefined || instance.parse(row).vm_state === vmState.building) {
          return undefined;
        }
        const server = await this.server(id);
        return server.status === 'BUILD' ? undefined : server;
      },
      { timeoutMs, what: `server ${id} to be built`, everyMs: 250 },
    );
  }

  async deleteServer(id: string): Promise<void> {
    await this.session.request({ api: 'compute', method: 'DELETE', path: `/servers/${id}` });
    await waitFor(async () => (await this.statusOf(`/servers/${id}`)) === 404, {
      timeoutMs: 120_000,
      what: `server ${id} to be gone`,
      everyMs: 250,
    });
  }

  private async statusOf(path: string): Promise<number> {
    return this.session.request({ api: 'compute', path }).then(
      () => 200,
      (error: unknown) => (error as { status?: number }).status ?? 0,
    );
  }

  /** The newest operation of the server. Reads the row, because the api may be dead. */
  async operation(server: string): Promise<z.output<typeof operation> | undefined> {
    const newest =
      'SELECT state, step FROM operations WHERE instance_uuid = $1 ORDER BY created_at DESC LIMIT 1';
    return operation.optional().parse(await this.row(newest, server));
  }

  private async row(statement: string, value: string): Promise<unknown> {
    return (await this.rows!.query(statement, [value])).rows[0] as unknown;
  }

  async nodes(): Promise<Record<string, unknown>[]> {
    const answer = await this.session.request({ api: 'metalcast', path: '/nodes' });
    return z.object({ nodes: z.array(z.record(z.string(), z.unknown())) }).parse(answer).nodes;
  }

  /** Changes fields of a node as an operator. */
  async change({ name }: RackNode, node: Record<string, unknown>): Promise<void> {
    const path = `/nodes/${name}`;
    await this.session.request({ api: 'metalcast', method: 'PATCH', path, body: { node } });
  }

  node(index: number): RackNode {
    return this.rack.nodes[index]!;
  }

  /** Names of the rack's machines that run. */
  async powered(): Promise<string[]> {
    const nodes = await this.nodes();
    return nodes
      .filter(({ power }) => (power as { state: string }).state === 'on')
      .map(({ name }) => String(name));
  }

  async imageId(): Promise<string> {
    const answer = await this.session.request({
      api: 'image',
      path: '/v2/images?name=metalcast-test',
    });
    return z.object({ images: z.array(z.object({ id: z.string() })) }).parse(answer).images[0]!.id;
  }

  /** At the line with `pause.text` the command is stopped until `pause.work` has ended. */
  private lab(
    args: readonly string[],
    pause?: { readonly text: string; readonly work: () => Promise<void> },
  ): Promise<string> {
    const place = ['--folder', this.folder, '--data', this.data];
    const child = spawn(process.execPath, [program, ...args, ...place], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: upTimeoutMs,
      env: { ...process.env, METALCAST_FIRMWARE_TIMEOUT_MS: String(this.firmwareTimeoutMs) },
    });
    let output = '';
    let paused: Promise<void> | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (pause !== undefined && paused === undefined && output.includes(pause.text)) {
          child.kill('SIGSTOP');
          paused = whileStopped(child, pause.work);
          // The error is reported when the command has ended.
          paused.catch(() => undefined);
        }
      });
    }
    return new Promise((done, failed) => {
      child.once('close', (code) => {
        if (code === 0) {
          (paused ?? Promise.resolve()).then(() => {
            done(output);
          }, failed);
        } else {
          failed(new Error(`lab ${args.join(' ')} ended with ${String(code)}:\n${output}`));
        }
      });
    });
  }
}

/** The words of a /proc file, each ended by a zero byte. */
const wordsOf = (file: string): string[] => readFileSync(file, 'utf8').split('\0').slice(0, -1);

async function whileStopped(child: ChildProcess, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    child.kill('SIGCONT');
  }
}
