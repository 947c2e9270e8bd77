import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@metalcast/config';
import { ModelDatabase } from '@metalcast/db/models';
import { createLogger } from '@metalcast/log';
import { InMemoryBroker, inMemoryRpc } from '@metalcast/rpc';
import { startDatabase, TestKeys, type TestDatabase } from '@metalcast/testing';
import { options, type ApiConfig } from '../../../services/api/src/config.js';
import type { AnonymousPace } from '../../../services/api/src/http/limits/anonymous-pace.js';
import { startApi } from '../../../services/api/src/start.js';

export interface ApiProcess {
  readonly url: string;
  /** Its rows, to be seen and changed past the service. */
  readonly database: ModelDatabase;
  /** As the service has it, with its rights. */
  readonly ownDatabase: ModelDatabase;
  readonly keys: TestKeys;
  readonly imageDirectory: string;
  /** Where its casts and calls arrive. */
  readonly broker: InMemoryBroker;
  /** All that was logged, as JSON lines. */
  readonly log: readonly string[];
  /** A token of the administrator. */
  readonly admin: string;
  readonly service: string;
  close(): Promise<void>;
}

export const adminPassword = 'canary-admin-password';
export const servicePassword = 'canary-service-password';

export interface ApiSettings {
  readonly maxImageBytes?: number;
  readonly adminPassword?: string;
  readonly publicUrl?: string;
  readonly serverGroupScope?: string;
  readonly powerDrivers?: string;
  readonly receiveSeconds?: number;
  readonly uploadSilenceSeconds?: number;
  readonly maxConnections?: number;
  readonly trustedProxies?: string;
  readonly maxNetworkItemsPerRequest?: number;
  readonly maxListed?: number;
  readonly accessLog?: boolean;
  /** How fast strangers are served; without it as usual. */
  readonly pace?: AnonymousPace;
  /** Where a client of the catalog must find it: then it is in the public URL too. */
  readonly port?: number;
  /** Another process's database and keys: the two are one installation. */
  readonly beside?: { readonly rows: TestDatabase; readonly keys: TestKeys };
}

/** The api service in this process, on a free port of the loopback, over a database of its own. */
export async function startApiProcess(settings: ApiSettings = {}): Promise<ApiProcess> {
  const own = settings.beside === undefined ? await startDatabase() : undefined;
  const rows = own ?? settings.beside!.rows;
  const databaseUrl = rows.urlOf('api');
  const keys = settings.beside?.keys ?? new TestKeys();
  const imageDirectory = await mkdtemp(join(tmpdir(), 'metalcast-images-'));
  const config = configOf(settings, { databaseUrl, keys, imageDirectory });
  const database = new ModelDatabase({ url: rows.url, poolSize: 5, applicationName: 'api-test' });
  const ownDatabase = new ModelDatabase({
    url: databaseUrl,
    poolSize: 5,
    applicationName: 'api',
    service: 'api',
  });
  const log: string[] = [];
  const broker = new InMemoryBroker();
  const rpc = inMemoryRpc(broker, { host: 'test' });
  const context = {
    config,
    logger: createLogger('api', 'debug', { write: (line) => void log.push(line) }),
    database: ownDatabase,
    keys: {
      bmcPublic: keys.holder('bmcPublic'),
      instancePublic: keys.holder('instancePublic'),
      token: keys.holder('token'),
    },
    rpc,
    host: 'test',
    owner: 'test',
    health: { check: () => undefined },
    details: () => undefined,
    began: () => undefined,
  };
  const running = await startApi(context, settings.pace);
  const url = listeningUrl(log);
  return {
    url,
    database,
    ownDatabase,
    keys,
    imageDirectory,
    broker,
    log,
    admin: await logIn(url, 'admin', settings.adminPassword ?? adminPassword),
    service: await logIn(url, 'metalcast', servicePassword),
    async close() {
      await running.close();
      await rpc.close();
      await Promise.all([database.close(), ownDatabase.close()]);
      await own?.close();
      await rm(imageDirectory, { recursive: true, force: true });
    },
  };
}

function configOf(
  settings: ApiSettings,
  place: { databaseUrl: string; keys: TestKeys; imageDirectory: string },
): ApiConfig {
  const { port, publicUrl, maxImageBytes = 64 * 1024 ** 2 } = settings;
  return loadConfig(options, {
    env: {
      DATABASE_URL: place.databaseUrl,
      AMQP_URL: 'memory',
      ...place.keys.environment('api'),
      METALCAST_LISTEN_PORT: String(port ?? 0),
      METALCAST_ADMIN_PASSWORD: settings.adminPassword ?? adminPassword,
      METALCAST_SERVICE_PASSWORD: servicePassword,
      METALCAST_IMAGE_DIRECTORY: place.imageDirectory,
      METALCAST_MAX_IMAGE_BYTES: String(maxImageBytes),
      METALCAST_POWER_DRIVERS: settings.powerDrivers ?? 'ipmi,fake',
      METALCAST_RECEIVE_SECONDS: text(settings.receiveSeconds),
      METALCAST_UPLOAD_SILENCE_SECONDS: text(settings.uploadSilenceSeconds),
      METALCAST_MAX_CONNECTIONS: text(settings.maxConnections),
      METALCAST_MAX_NETWORK_ITEMS_PER_REQUEST: text(settings.maxNetworkItemsPerRequest),
      METALCAST_MAX_LISTED: text(settings.maxListed),
      METALCAST_ACCESS_LOG: settings.accessLog?.toString(),
      METALCAST_TRUSTED_PROXIES: settings.trustedProxies,
      METALCAST_SERVER_GROUP_SCOPE: settings.serverGroupScope,
      METALCAST_PUBLIC_URL: port === undefined ? publicUrl : `http://127.0.0.1:${port}`,
    },
  });
}

const text = (value: number | undefined): string | undefined => value?.toString();

/** The port that was given is told by the log alone. */
function listeningUrl(log: readonly string[]): string {
  const lines = log.map((line) => JSON.parse(line) as { msg: string; url?: string });
  return lines.find(({ msg }) => msg === 'listening')?.url ?? '';
}

export async function logIn(url: string, name: string, password: string): Promise<string> {
  const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name, domain: { id: 'default' }, password } },
        },
      },
    }),
  });
  return answer.headers.get('x-subject-token') ?? '';
}

/** A member of a project of their own, as an installation with Keystone would have them. */
export async function addMember(api: ApiProcess, name: string): Promise<string> {
  const { prisma } = api.database;
  const admin = await prisma.user.findUniqueOrThrow({ where: { name: 'admin' } });
  const { passwordHash } = admin;
  await prisma.user.create({ data: { id: `user-${name}`, name, passwordHash } });
  await prisma.project.create({ data: { id: `project-${name}`, name } });
  await prisma.roleAssignment.createMany({
    data: ['member', 'reader'].map((role) => ({
      userId: `user-${name}`,
      projectId: `project-${name}`,
      role,
    })),
  });
  return logIn(api.url, name, adminPassword);
}

/** A resource, with those of its fields that the tests look into. */
interface Resource {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly subnets: readonly string[];
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}

interface Reason {
  readonly code: number;
  readonly type: string;
  readonly title: string;
  readonly message: string;
}

/** What the bodies of answers may hold; each holds some of it. */
export interface Body extends Resource {
  readonly status: string;
  readonly next?: string;
  readonly token: {
    readonly issued_at: string;
    readonly expires_at: string;
    readonly methods: readonly string[];
    readonly user: Resource;
    readonly project: Resource;
    readonly roles: readonly Resource[];
    readonly catalog: readonly {
      readonly type: string;
      readonly endpoints: readonly { readonly url: string }[];
    }[];
  };
  readonly users: readonly Resource[];
  readonly projects: readonly Resource[];
  readonly links: object;
  readonly images: readonly Resource[];
  readonly network: Resource;
  readonly networks: readonly Resource[];
  readonly subnet: Resource;
  readonly port: Resource;
  readonly ports: readonly Resource[];
  readonly extensions: readonly object[];
  readonly quota: { readonly port: number };
  readonly version: { readonly version: string; readonly min_version: string };
  readonly versions: readonly object[];
  readonly error: Reason;
  readonly NeutronError: Reason;
  readonly computeFault: Reason;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** One request; the answer's body as JSON, when it is. */
export async function request(
  url: string,
  method: string,
  init: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(init.token === undefined ? {} : { 'x-auth-token': init.token }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(init.body === undefined
      ? {}
      : { body: typeof init.body === 'string' ? init.body : JSON.stringify(init.body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: answer.status,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : {}) as Body,
  };
}
