import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { z } from 'zod';
import type { Account } from '../state/account.js';
import { makePassableFolder } from '../state/data-root.js';
import { postgresBinaries } from './postgres-binaries.js';

const identity = z.object({ user: z.string(), password: z.string(), database: z.string() });
export type DatabaseIdentity = z.infer<typeof identity>;

const timeoutMs = 120_000;

/** The cluster's folder inside the folder of startDatabase. */
export const clusterFolder = (folder: string): string => join(folder, 'data');

/**
 * Creates the cluster, a role (login, may create databases and roles, no superuser) and its database, or reuses an
 * existing cluster. The identity file is written last, so an interrupted creation starts again.
 */
export async function makeCluster(
  folder: string,
  account: Account | undefined,
  durable: boolean,
): Promise<DatabaseIdentity> {
  makePassableFolder(folder);
  const file = join(folder, 'identity.json');
  if (existsSync(file)) {
    return identity.parse(JSON.parse(readFileSync(file, 'utf8')));
  }
  const made: DatabaseIdentity = {
    user: 'metalcast',
    password: randomBytes(24).toString('hex'),
    database: 'metalcast',
  };
  const data = clusterFolder(folder);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  if (account !== undefined) {
    chownSync(data, account.uid, account.gid);
  }
  await initialise(data, account, durable);
  await createRole(data, account, made);
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

/**
 * The superuser has no password and is refused by pg_hba.conf. Only the role created below, and roles created by it,
 * can log in.
 */
async function initialise(
  data: string,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  const args = [`--pgdata=${data}`, '--username=postgres', '--auth=reject', '--encoding=UTF8'];
  const result = await run(
    join(postgresBinaries(), 'initdb'),
    [...args, '--locale=C.UTF-8', ...(durable ? [] : ['--no-sync'])],
    { timeoutMs, cwd: '/', ...runAs(account) },
  );
  if (result.exitCode !== 0) {
    throw new Error(`initdb failed: ${result.spawnError ?? result.stderr}`);
  }
}

/** Uses single-user mode, which needs no network. The password is passed by standard input. */
async function createRole(
  data: string,
  account: Account | undefined,
  { user, password, database }: DatabaseIdentity,
): Promise<void> {
  const statements = [
    `CREATE ROLE ${user} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`,
    // Needed to drop a database while autovacuum works in it.
    `GRANT pg_signal_backend TO ${user}`,
    // Needed to see what the services' roles wait for.
    `GRANT pg_read_all_stats TO ${user}`,
    `CREATE DATABASE ${database} OWNER ${user}`,
  ];
  const result = await run(
    join(postgresBinaries(), 'postgres'),
    ['--single', '-D', data, '-c', 'exit_on_error=on', 'postgres'],
    { timeoutMs, cwd: '/', input: `${statements.join('\n')}\n`, ...runAs(account) },
  );
  if (result.exitCode !== 0) {
    throw new Error('PostgreSQL could not make the role and its database');
  }
}

const runAs = (account: Account | undefined): { uid?: number; gid?: number } =>
  account === undefined ? {} : { uid: account.uid, gid: account.gid };

/** Written at every start, because the port may differ. */
export function writeClusterSettings(
  folder: string,
  account: Account | undefined,
  { port, durable }: { port: number; durable: boolean },
): void {
  const settings = [
    "listen_addresses = '127.0.0.1'",
    `port = ${port}`,
    "unix_socket_directories = ''",
    "password_encryption = 'scram-sha-256'",
    'max_connections = 200',
    "shared_buffers = '64MB'",
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    ...(durable ? [] : ['fsync = off', 'full_page_writes = off']),
  ];
  // The services' roles are created later, so no role is named here.
  const access = 'host all postgres all reject\nhost all all 127.0.0.1/32 scram-sha-256\n';
  for (const [name, content] of [
    ['postgresql.conf', `${settings.join('\n')}\n`],
    ['pg_hba.conf', access],
  ] as const) {
    const path = join(clusterFolder(folder), name);
    writeFileSync(path, content, { mode: 0o600 });
    if (account !== undefined) {
      chownSync(path, account.uid, account.gid);
    }
  }
}
