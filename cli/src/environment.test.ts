import { expect, test } from 'vitest';
import { account, databaseUrl } from './environment.js';

const call = (options: object, env: Record<string, string>) => ({
  args: [],
  options: { ...options },
  env,
});

test('the command line wins over the environment', () => {
  const env = { DATABASE_URL: 'postgresql://env/d' };
  expect(databaseUrl(call({}, env))).toBe('postgresql://env/d');
  expect(databaseUrl(call({ databaseUrl: 'postgres://line/d' }, env))).toBe('postgres://line/d');
});

test('a missing or malformed database URL is reported without repeating it', () => {
  expect(() => databaseUrl(call({}, {}))).toThrow(/No database URL was given/);
  for (const wrong of ['geheim', 'mysql://u:geheim@h/d', 'postgresql://u:geheim@h:port/d']) {
    const refused = () => databaseUrl(call({ databaseUrl: wrong }, {}));
    expect(refused).toThrow(/must have the form postgresql/);
    expect(refused).not.toThrow(/geheim/);
  }
});

test('every missing variable of an openrc is named', () => {
  expect(() => account(call({}, { OS_USERNAME: 'admin' }))).toThrow(
    'Not set: OS_AUTH_URL, OS_PASSWORD, OS_PROJECT_NAME.',
  );
});

test('domains have the usual default', () => {
  const env = {
    OS_AUTH_URL: 'http://h/identity',
    OS_USERNAME: 'u',
    OS_PASSWORD: 'p',
    OS_PROJECT_NAME: 'admin',
  };
  expect(account(call({}, env))).toMatchObject({ userDomain: 'Default', projectDomain: 'Default' });
});
