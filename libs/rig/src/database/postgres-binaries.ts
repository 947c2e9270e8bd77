import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = '/usr/lib/postgresql';

/** The folder of the newest PostgreSQL server installed by Debian's packages. */
export function postgresBinaries(): string {
  const versions = existsSync(root)
    ? readdirSync(root).filter((version) => existsSync(join(root, version, 'bin', 'initdb')))
    : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) {
    throw new Error(`no PostgreSQL server under ${root}: install the package postgresql`);
  }
  return join(root, newest, 'bin');
}
