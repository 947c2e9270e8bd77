import { randomBytes } from 'node:crypto';
import type { Topic } from '@metalcast/contracts';
import {
  ConfigError,
  envName,
  helpText,
  loadConfig,
  packageVersion,
  type ConfigOf,
  type OptionTable,
} from '@metalcast/config';
import {
  isDataException,
  ownsTables,
  Relay,
  streamKindsOf,
  type Database,
  type DatabaseOptions,
} from '@metalcast/db';
import { binaries, type ServiceName } from '@metalcast/domain';
import type { KeysOf } from '@metalcast/keys';
import {
  createLogger,
  watchUnhandled,
  withLogContext,
  type Logger,
  type Unhandled,
} from '@metalcast/log';
import { connectRpc, publisher, type RpcConnection } from '@metalcast/rpc';
import { pause } from '@metalcast/work';
import { parseArguments } from './start/arguments.js';
import { begin } from './start/begin.js';
import { Lifetime } from './start/lifetime.js';
import type { Running, ServiceContext } from './start/context.js';
import { Health } from './health/health.js';
import { HeartbeatLoop } from './presence/heartbeat.js';
import type { ServiceOptions } from './start/options.js';
import { IdleCollector } from './memory/idle-collector.js';
import { OpenKeyFiles } from './start/open-key-files.js';
import { postponeWasmOptimizing } from './memory/wasm-tiers.js';

export interface ServiceDefinition<T extends OptionTable, D extends Database> {
  readonly name: ServiceName;
  /** The topic that it serves; null for a service that only calls others. */
  readonly topic: Topic | null;
  /** One sentence for --help. */
  readonly about: string;
  readonly options: T & ServiceOptions;
  /** The database class: with models or without. */
  readonly database: new (options: DatabaseOptions) => D;
  /** True when its statements find few rows, by keys (`DatabaseOptions.planOnce`). */
  readonly planOnce?: boolean;
  start(context: ServiceContext<T, D>): Promise<Running>;
}

const exitBadUsage = 2;
/** Exit code after an orderly stop because the state may be unsound; EX_SOFTWARE of sysexits.h. */
const exitUnsound = 70;
const reachableMs = 2000;
const retryMs = 500;
/** The share of the time limit of a stop in which unsent messages are published; another process sends the rest. */
const relayShare = 0.25;

/** Runs a service until a signal stops it. Only this file reads the environment; it and `Lifetime` exit the process. */
export async function serve<T extends OptionTable, D extends Database>(
  definition: ServiceDefinition<T, D>,
): Promise<void> {
  const configured = configure(definition);
  if (configured === undefined) {
    return;
  }
  const { config } = configured;
  const logger = createLogger(definition.name, config.logLevel);
  const lifetime = new Lifetime(config.shutdownMs, logger);
  lifetime.endBySignals();
  const unhandled = watchUnhandled({
    logger,
    end: (why) => {
      lifetime.end({ why }, exitUnsound);
    },
  });
  postponeWasmOptimizing();
  try {
    await startService(definition, configured, { logger, unhandled, lifetime });
  } catch (error) {
    if (lifetime.ending) {
      return; // The stop has cut the start off, and ends the process.
    }
    logger.error({ err: error }, 'could not start');
    process.exit(1);
  }
}

interface Configured<T extends OptionTable> {
  readonly config: ConfigOf<T & ServiceOptions>;
  readonly keys: OpenKeyFiles;
}

function configure<T extends OptionTable>(
  definition: Pick<ServiceDefinition<T, Database>, 'name' | 'about' | 'options'>,
): Configured<T> | undefined {
  const { name, about, options } = definition;
  try {
    const args = parseArguments(process.argv.slice(2));
    if (args.help) {
      process.stdout.write(helpText(`services/${name}/dist/main.js`, about, options));
      return undefined;
    }
    if (args.version) {
      process.stdout.write(`metalcast-${name} ${packageVersion(import.meta.url)}\n`);
      return undefined;
    }
    const config = loadConfig(options, {
      file: args.config ?? process.env['METALCAST_CONFIG'],
      env: process.env,
    });
    const keys = OpenKeyFiles.open(name, config, process.env);
    forgetSecrets(options);
    return { config, keys };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof TypeError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(exitBadUsage);
    }
    throw error;
  }
}

/** From here on no child process inherits the secrets. */
function forgetSecrets(options: OptionTable): void {
  for (const [name, declared] of Object.entries(options)) {
    if (declared.secret === true) {
      Object.assign(process.env, { [envName(name, declared)]: '' });
    }
  }
}

interface Surroundings {
  readonly logger: Logger;
  readonly unhandled: Unhandled;
  readonly lifetime: Lifetime;
}

async function startService<T extends OptionTable, D extends Database>(
  definition: ServiceDefinition<T, D>,
  { config, keys }: Configured<T>,
  { logger, unhandled, lifetime }: Surroundings,
): Promise<void> {
  const { name } = definition;
  const settings: ConfigOf<ServiceOptions> = config;
  keys.watch(logger);
  // Errors that waiting cannot mend are reported before the wait.
  const database = new definition.database(databaseOptions(definition, settings));
  const health = new Health(unhandled);
  let started = false;
  // Added before the first request: without any later condition the service would count as ready.
  health.check('started', () => started);
  logger.info({ url: await health.listen(settings.healthAddress, settings.healthPort) }, 'health');
  const rpc = openRpc(name, settings, logger);
  health.check('broker', () => rpc.connected);
  health.check('database', () => database.isReachable(reachableMs));
  await untilReachable(database, logger);
  const relay = openRelay(settings, { name, rpc, database, logger });
  const heartbeat = heartbeatOf(definition, settings, { database, logger });
  const { started: running, begun } = begin((began) =>
    definition.start({
      config,
      logger,
      database,
      keys: keys.files as KeysOf<T>,
      rpc,
      host: settings.host,
      owner: `${settings.host}:${String(process.pid)}:${randomBytes(4).toString('hex')}`,
      health,
      details: (details) => {
        heartbeat.setDetails(details);
      },
      began,
    }),
  );
  let collector: IdleCollector | undefined = undefined;
  lifetime.began({
    async close() {
      health.markStopping();
      keys.close();
      collector?.stop();
      await heartbeat.stop();
      await (await begun)?.close();
      await relay.close();
      await rpc.close();
      await database.close();
      await health.close();
    },
  });
  await running;
  if (lifetime.ending) {
    return;
  }
  await heartbeat.start();
  started = true;
  health.changed();
  collector = IdleCollector.start();
  logger.info({ host: settings.host, version: packageVersion(import.meta.url) }, 'started');
}

function openRpc(name: string, config: ConfigOf<ServiceOptions>, logger: Logger): RpcConnection {
  return connectRpc({
    url: config.amqpUrl,
    service: name,
    host: config.host,
    controlExchange: config.controlExchange,
    exchangeDurable: config.exchangeDurable,
    workQueues: config.workQueues,
    maxMessageBytes: config.maxMessageBytes,
    isPermanent: isDataException,
    logger,
    runInContext: ({ requestId }, work) => withLogContext({ requestId }, work),
  });
}

const databaseOptions = (
  { name, planOnce }: Pick<ServiceDefinition<OptionTable, Database>, 'name' | 'planOnce'>,
  config: ConfigOf<ServiceOptions>,
): DatabaseOptions => ({
  url: config.databaseUrl,
  poolSize: config.databasePool,
  applicationName: `metalcast-${name}`,
  planOnce,
  service: name,
});

const heartbeatOf = (
  { name, topic }: Pick<ServiceDefinition<OptionTable, Database>, 'name' | 'topic'>,
  { host, heartbeatMs: everyMs }: ConfigOf<ServiceOptions>,
  { database, logger }: Pick<Parts, 'database' | 'logger'>,
): HeartbeatLoop =>
  new HeartbeatLoop({
    database,
    logger,
    host,
    binary: binaries[name],
    topic: topic?.topic ?? null,
    version: topic?.version ?? '',
    everyMs,
  });

function openRelay(
  config: ConfigOf<ServiceOptions>,
  { name, rpc, database, logger }: Parts,
): Relay {
  const { events, casts, notifications } = streamKindsOf(name);
  const relay = new Relay({
    url: config.databaseUrl,
    publisher: publisher(rpc),
    logger,
    applicationName: `metalcast-${name}-relay`,
    kinds: [events, ...casts, ...notifications],
    closeMs: config.shutdownMs * relayShare,
  });
  database.publishBy(relay);
  return relay;
}

interface Parts {
  readonly name: ServiceName;
  readonly rpc: RpcConnection;
  readonly database: Database;
  readonly logger: Logger;
}

/** A service may be started before its database is: it waits, alive but not ready, and says why. */
async function untilReachable(database: Database, logger: Logger): Promise<void> {
  for (let told = ''; ;) {
    const failure = await database.answers(reachableMs).catch((error: unknown) => error as Error);
    if (failure === undefined) {
      await warnOwner(database, logger);
      return;
    }
    if (failure.message !== told) {
      told = failure.message;
      const { code } = failure as NodeJS.ErrnoException;
      logger.warn({ code, reason: told }, 'waiting for the database');
    }
    await pause(retryMs);
  }
}

/** Nothing keeps such a process from what is not its own. A database that is away again is told of by others. */
async function warnOwner(database: Database, logger: Logger): Promise<void> {
  if (await ownsTables(database).catch(() => false)) {
    const reason = 'this service logs in as the owner of all tables; see docs/database-users.md';
    logger.warn({ reason }, 'no role of its own');
  }
}
