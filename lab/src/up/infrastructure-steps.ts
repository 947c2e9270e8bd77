// The infrastructure that the services need: namespace, forwarding, broker, database.
import { join } from 'node:path';
import type { ServiceName } from '@metalcast/domain';
import {
  forward,
  type ForwardOptions,
  makeNamespace,
  startBroker,
  startDatabase,
} from '@metalcast/rig';
import { hostOf, portOf } from '../external/server-urls.js';
import { healthPorts, healthRoute, hostUrls, insidePorts, insideUrls } from './addresses.js';
import { requireResult, type LabContext } from './lab-context.js';
import { metalcast } from './metalcast.js';
import type { Step } from './step.js';

const namespace: Step<LabContext> = {
  title: 'Network namespace',
  run: ({ ledger, paths }) => makeNamespace(ledger, paths.namespace),
};

const forwards: Step<LabContext> = {
  title: 'Forwarding to 127.0.0.1',
  async run(context, report) {
    const { ledger, paths } = context;
    context.forwarding = await forward({
      ledger,
      namespace: paths.namespace,
      folder: paths.sockets,
      logFolder: paths.logFolder,
      ...routes(context),
    });
    report(`API on port ${String(context.forwarding.ports['api'])}`);
  },
};

function routes({
  external,
  forwards: more = {},
}: LabContext): Pick<ForwardOptions, 'toHost' | 'toNamespace'> {
  const toHost: Record<string, { inside: number; wanted: number }> = {
    ...more,
    api: { inside: insidePorts.api, wanted: insidePorts.api },
  };
  const toNamespace: Record<string, { host: string; port: number; inside: number }> = {};
  for (const name of ['amqp', 'database'] as const) {
    const url = external[name];
    const inside = insidePorts[name];
    if (url === undefined) {
      toHost[name] = { inside, wanted: inside };
    } else {
      toNamespace[name] = { host: hostOf(url), port: portOf(name, url), inside };
    }
  }
  for (const [name, inside] of Object.entries(healthPorts)) {
    toHost[healthRoute(name as ServiceName)] = { inside, wanted: inside };
  }
  return { toHost, toNamespace };
}

const servers: Step<LabContext> = {
  title: 'RabbitMQ and PostgreSQL',
  async run(context, report) {
    await Promise.all([broker(context, report), database(context, report)]);
  },
};

async function broker(context: LabContext, report: (line: string) => void): Promise<void> {
  const { external, ledger, paths } = context;
  if (external.amqp !== undefined) {
    report('RabbitMQ: from AMQP_URL');
    return;
  }
  const logins = join(paths.data, 'secrets', 'broker');
  const address = `127.0.0.1:${String(insidePorts.amqp)}`;
  await metalcast(context, [
    ...['broker', 'users', 'create', logins, '--address', address],
    // As OpenStack's own services declare the exchange unless told otherwise: they may take part.
    '--no-exchange-durable',
  ]);
  context.brokerLogins = logins;
  context.broker = await startBroker({
    folder: join(paths.data, 'broker'),
    ledger,
    logFile: join(paths.logFolder, 'broker.log'),
    definitions: join(logins, 'definitions.json'),
    inside: inside(context, 'amqp'),
  });
  report('RabbitMQ answers');
}

async function database(context: LabContext, report: (line: string) => void): Promise<void> {
  const { external, ledger, paths } = context;
  if (external.database !== undefined) {
    report('PostgreSQL: from DATABASE_URL');
    return;
  }
  context.database = await startDatabase({
    folder: join(paths.data, 'database'),
    ledger,
    logFile: join(paths.logFolder, 'database.log'),
    durable: context.durable ?? true,
    inside: inside(context, 'database'),
  });
  report('PostgreSQL answers');
}

const inside = (
  { paths, forwarding }: LabContext,
  name: string,
): { namespace: string; socket: string } => ({
  namespace: paths.namespace,
  socket: requireResult(forwarding, 'the forwarding').socket(name),
});

const migrations: Step<LabContext> = {
  title: 'Database migrations',
  run: (context) => onDatabase(context, ['sync']),
};

/** Creates a login with its own privileges for each service, if the database server has the roles. */
const logins: Step<LabContext> = {
  title: 'Database users',
  async run(context, report) {
    const folder = join(context.paths.data, 'secrets', 'database');
    const address = new URL(insideUrls(context).database).host;
    try {
      await onDatabase(context, ['users', 'create', folder, '--address', address]);
      context.databaseLogins = folder;
    } catch (error) {
      // On the user's own server, or in an older lab, the login may not be allowed to create roles.
      report(`all services log in as the owner of the tables: ${(error as Error).message}`);
    }
  },
};

const onDatabase = (context: LabContext, args: readonly string[]): Promise<void> =>
  metalcast(context, ['db', ...args], { DATABASE_URL: hostUrls(context).database });

export const infrastructureSteps: readonly Step<LabContext>[] = [
  namespace,
  forwards,
  servers,
  migrations,
  logins,
];
