// Each service as a process, with exactly what it needs.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor, type TestDatabase, type TestKeys } from '@metalcast/testing';

export const services = ['api', 'scheduler', 'compute', 'power', 'boot', 'deploy-helper'] as const;
export type ServiceName = (typeof services)[number];

export interface Surroundings {
  readonly database: TestDatabase;
  readonly amqpUrl: string;
  readonly keys: TestKeys;
}

const loopback = '127.0.0.3';
const imageApi = {
  METALCAST_IDENTITY_URL: 'http://127.0.0.1:9',
  METALCAST_IMAGE_URL: 'http://127.0.0.1:9',
  METALCAST_SERVICE_PASSWORD: 'unused',
};

/** The options that have no default, and ports that are free. */
function ownOptions(service: ServiceName, folder: string): Record<string, string> {
  const state = { METALCAST_STATE_DIRECTORY: join(folder, service) };
  switch (service) {
    case 'api':
      return {
        METALCAST_LISTEN_PORT: '0',
        METALCAST_IMAGE_DIRECTORY: join(folder, 'api'),
        METALCAST_ADMIN_PASSWORD: 'unused',
        METALCAST_SERVICE_PASSWORD: 'unused',
      };
    case 'boot':
      return {
        ...imageApi,
        ...state,
        METALCAST_PROVISIONING_INTERFACE: 'lo',
        METALCAST_PROVISIONING_ADDRESS: loopback,
        // It has no subnet, so that nothing answers DHCP here.
        METALCAST_PROVISIONING_NETWORK: randomUUID(),
        METALCAST_HTTP_PORT: '0',
        METALCAST_TFTP_PORT: '0',
      };
    case 'deploy-helper':
      return {
        ...imageApi,
        ...state,
        METALCAST_PROVISIONING_ADDRESS: loopback,
        METALCAST_PROVISIONING_PORT: '0',
      };
    case 'scheduler':
    case 'compute':
    case 'power':
      return {};
  }
}

export class ServiceProcess {
  private text = '';
  private readonly ended: Promise<unknown[]>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    }
    this.ended = once(child, 'close');
  }

  static spawn(
    service: ServiceName,
    { database, amqpUrl, keys }: Surroundings,
    changes: Readonly<Record<string, string | undefined>> = {},
  ): ServiceProcess {
    const main = join(import.meta.dirname, `../../../services/${service}/dist/main.js`);
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: database.urlOf(service),
      AMQP_URL: amqpUrl,
      METALCAST_HOST: `${service}-1`,
      ...ownOptions(service, keys.folder),
      ...keys.environment(service),
      ...changes,
    };
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return new ServiceProcess(spawn(process.execPath, [main], { stdio: [...stdio], env }));
  }

  get log(): string {
    return this.text;
  }

  /** Its environment, as whoever has taken the process over finds it. */
  environment(): Map<string, string> {
    const text = readFileSync(`/proc/${this.child.pid}/environ`, 'utf8');
    const lines = text.split('\0').filter((line) => line.includes('='));
    return new Map(
      lines.map((line): [string, string] => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  }

  async started(): Promise<void> {
    const isOver = (): boolean => this.child.exitCode !== null;
    await waitFor(() => this.text.includes('"msg":"started"') || isOver(), {
      timeoutMs: 60_000,
      what: 'the service to start',
    });
    if (isOver()) {
      throw new Error(`it did not start: ${this.text}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves with its exit code when it has ended by itself. */
  async exitCode(): Promise<unknown> {
    const [code] = await this.ended;
    return code;
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
    }
    await this.ended;
  }
}
