import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@metalcast/domain';
import { createKeyFolder } from '@metalcast/keys';
import type { LabPaths } from '../lab-paths.js';
import { insideUrls } from './addresses.js';
import type { LabContext } from './lab-context.js';

/** Files (0600) with one secret each. Services get only the paths of the secrets that they need. */
export interface SecretFiles {
  amqpUrl(service: ServiceName): string;
  databaseUrl(service: ServiceName): string;
  /** A folder with one key per purpose. */
  readonly keys: string;
  readonly adminPassword: string;
  readonly servicePassword: string;
}

/** Writes the URLs again; creates the other secrets only when they are missing. */
export function writeSecrets(context: LabContext): SecretFiles {
  const folder = join(context.paths.data, 'secrets');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const inside = insideUrls(context);
  const brokers = write(join(folder, 'amqp-url'), inside.amqp);
  const owners = write(join(folder, 'database-url'), inside.database);
  return {
    amqpUrl: (service) =>
      context.brokerLogins === undefined ? brokers : join(context.brokerLogins, service),
    databaseUrl: (service) =>
      context.databaseLogins === undefined ? owners : join(context.databaseLogins, service),
    keys: keepKeys(keyFolder(context.paths)),
    adminPassword: keep(adminPasswordFile(context.paths), randomPassword),
    servicePassword: keep(join(folder, 'service-password'), randomPassword),
  };
}

export const readAdminPassword = (paths: LabPaths): string =>
  readFileSync(adminPasswordFile(paths), 'utf8');

export const keyFolder = ({ data }: LabPaths): string => join(data, 'secrets', 'keys');

const adminPasswordFile = ({ data }: LabPaths): string => join(data, 'secrets', 'admin-password');

const randomPassword = (): string => randomBytes(18).toString('base64url');

function write(file: string, content: string): string {
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const keep = (file: string, make: () => string): string =>
  existsSync(file) ? file : write(file, make());

/** Creates all keys or none: an interrupted creation starts again. */
function keepKeys(folder: string): string {
  if (!existsSync(folder)) {
    const draft = `${folder}.draft`;
    rmSync(draft, { recursive: true, force: true });
    createKeyFolder(draft);
    renameSync(draft, folder);
  }
  return folder;
}
