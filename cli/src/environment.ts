import type { Account } from '@metalcast/cloud-client';
import { loadConfig, option } from '@metalcast/config';
import { z } from 'zod';
import type { Call } from './action.js';
import { usageFailure } from './failure.js';

const databaseOptions = {
  databaseUrl: option(z.string().default('').describe('PostgreSQL of the services'), {
    env: 'DATABASE_URL',
    secret: true,
  }),
};

const accountOptions = {
  authUrl: option(z.string().default('').describe('Identity API'), { env: 'OS_AUTH_URL' }),
  user: option(z.string().default('').describe('User'), { env: 'OS_USERNAME' }),
  password: option(z.string().default('').describe('Password'), {
    env: 'OS_PASSWORD',
    secret: true,
  }),
  project: option(z.string().default('').describe('Project'), { env: 'OS_PROJECT_NAME' }),
  userDomain: option(z.string().default('Default').describe("The user's domain"), {
    env: 'OS_USER_DOMAIN_NAME',
  }),
  projectDomain: option(z.string().default('Default').describe("The project's domain"), {
    env: 'OS_PROJECT_DOMAIN_NAME',
  }),
};

/** The URL from the command line, else from DATABASE_URL or DATABASE_URL_FILE. */
export function databaseUrl({ options, env }: Call): string {
  const given = options['databaseUrl'];
  const url = typeof given === 'string' ? given : loadConfig(databaseOptions, { env }).databaseUrl;
  if (url === '') {
    throw usageFailure('No database URL was given.', 'Set DATABASE_URL or give --database-url.');
  }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw usageFailure(
      'The database URL must have the form postgresql://user:password@host:port/database.',
    );
  }
  return url;
}

/** The account from the OS_* variables of an openrc file. */
export function account({ env }: Call): Account {
  const loaded = loadConfig(accountOptions, { env });
  const needed = ['authUrl', 'user', 'password', 'project'] as const;
  const missing = needed.filter((name) => loaded[name] === '');
  if (missing.length > 0) {
    const names = missing.map((name) => accountOptions[name].env).join(', ');
    throw usageFailure(`Not set: ${names}.`, 'Source an openrc file; the lab writes .lab/openrc.');
  }
  return loaded;
}
