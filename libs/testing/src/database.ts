import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startDatabase as startServer, withLock, type Database } from '@metalcast/rig';
import { Client } from 'pg';
import type { ServiceName } from '@metalcast/domain';
import { loginUrl } from './service-logins.js';
import { migratedTemplate } from './template.js';
import { testRun } from './test-run.js';

export interface TestDatabase {
  /** postgresql://user:password@127.0.0.1:port/name */
  readonly url: string;
  readonly name: string;
  /** The same database as a service logs in to it, with that service's rights alone. It must have all migrations. */
  urlOf(service: ServiceName): string;
  /** Drops it, whoever is still connected. Idempotent. */
  close(): Promise<void>;
}

export interface OwnDatabase extends Database {
  /** Ends it and is done with it. Idempotent. */
  close(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** False: without tables. Default true: with all migrations applied. */
  readonly migrated?: boolean;
}

const startTimeoutMs = 120_000;

/** A fresh database on the server that the whole run shares (started by who comes first). */
export async function startDatabase({
  migrated = true,
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { server, template } = await sharedServer(migrated);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const from = template === undefined ? '' : ` TEMPLATE ${template} STRATEGY file_copy`;
  await execute(server.url, `CREATE DATABASE ${name}${from}`);
  return {
    url: databaseUrl(server.url, name),
    name,
    urlOf: (service) => loginUrl(databaseUrl(server.url, name), service),
    close: () => execute(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** A server for this test alone, to be stopped, killed and restarted; its database is without tables. */
export async function startOwnDatabase(): Promise<OwnDatabase> {
  const ledger = testRun();
  const label = `database-${randomBytes(6).toString('hex')}`;
  const folder = join(ledger.folder, label);
  const logFile = `${folder}.log`;
  const server = await startServer({ folder, ledger, label, logFile, durable: false });
  return { ...server, close: () => server.stop() };
}

interface SharedServer {
  readonly server: Database;
  readonly template: string | undefined;
}

function sharedServer(migrated: boolean): Promise<SharedServer> {
  const ledger = testRun();
  const folder = join(ledger.folder, 'database');
  const what = "the run's database to be started by another worker";
  return withLock(folder, { timeoutMs: startTimeoutMs, what }, async () => {
    const logFile = join(ledger.folder, 'database.log');
    const server = await startServer({ folder, ledger, logFile, durable: false });
    const template = migrated ? await migratedTemplate(server.url) : undefined;
    return { server, template };
  });
}

export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
