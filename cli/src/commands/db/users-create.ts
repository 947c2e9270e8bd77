import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  listDatabaseUsers,
  loginRole,
  onDatabaseClient,
  setDatabaseUser,
  type DatabaseClient,
} from '@metalcast/db/grants';
import type { ServiceName } from '@metalcast/domain';
import type { Call, Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { CommandFailure, usageFailure } from '../../failure.js';
import { readSecretFile, writeSecretFile } from '../secret-file.js';
import { servicesOf } from '../services-of.js';
import { onDatabase } from './reach.js';

interface Made {
  readonly service: ServiceName;
  readonly user: string;
  readonly file: string;
  /** False when login and file existed already. */
  readonly isNew: boolean;
}

/** `metalcast db users create`. Idempotent: a login with an existing file keeps its password. */
export const dbUsersCreate: Run = async (call) => {
  const [folder = '', ...names] = call.args;
  const services = servicesOf(names);
  const url = databaseUrl(call);
  const reached = reachedBy(call, url);
  const made = await onDatabase(url, () =>
    onDatabaseClient(url, async (client) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const known = new Set((await listDatabaseUsers(client)).map(({ user }) => user));
      const done: Made[] = [];
      for (const service of services) {
        done.push(await make(client, { service, file: join(folder, service), reached, known }));
      }
      return done;
    }),
  );
  const lines = made.map(({ user, file, isNew }) =>
    isNew ? `made ${user}: ${file}` : `kept ${user}: ${file}`,
  );
  return { text: lines.join('\n'), data: { users: made } };
};

/** URL parameters that duplicate the user, password, host and port of the owner's URL. */
const replaced = ['user', 'password', 'host', 'port'];

/** The database's URL with the address that the services use. */
function reachedBy({ options }: Call, url: string): URL {
  const { pathname, searchParams, host } = new URL(url);
  const address = typeof options['address'] === 'string' ? options['address'] : host;
  if (address === '') {
    throw usageFailure(
      'DATABASE_URL names no host. Give the address that the services use: --address HOST[:PORT].',
    );
  }
  if (!URL.canParse(`postgresql://${address}`)) {
    throw usageFailure(`--address must be host or host:port, not ${address}`);
  }
  const reached = new URL(`postgresql://${address}${pathname}`);
  for (const [name, value] of searchParams) {
    if (!replaced.includes(name)) {
      reached.searchParams.append(name, value);
    }
  }
  return reached;
}

async function make(
  client: DatabaseClient,
  wanted: {
    readonly service: ServiceName;
    readonly file: string;
    readonly reached: URL;
    readonly known: ReadonlySet<string>;
  },
): Promise<Made> {
  const { service, file, reached, known } = wanted;
  const user = loginRole(client.database ?? '', service);
  if (known.has(user) && isUrlOf(readSecretFile(file), user, reached)) {
    return { service, user, file, isNew: false };
  }
  const outcome = await setDatabaseUser(client, service);
  if (outcome === 'no-roles') {
    throw new CommandFailure('The roles of the services are missing.', {
      code: 'NO_ROLES',
      remedy: 'Run `metalcast db sync` as a user who may create roles (CREATEROLE).',
    });
  }
  writeSecretFile(file, urlOf(reached, user, outcome.password));
  return { service, user, file, isNew: true };
}

/** Whether the file's URL is the user's on that server. The password is not compared. */
function isUrlOf(text: string | undefined, user: string, reached: URL): boolean {
  if (text === undefined || !URL.canParse(text)) {
    return false;
  }
  return (
    urlOf(new URL(text), user, '') === urlOf(reached, user, '') && new URL(text).username === user
  );
}

function urlOf(reached: URL, user: string, password: string): string {
  const url = new URL(reached);
  url.username = user;
  url.password = password;
  return url.href;
}
