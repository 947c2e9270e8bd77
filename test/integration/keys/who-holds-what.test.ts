import { randomUUID } from 'node:crypto';
import { keyFiles, keyVariable, type KeyName } from '@metalcast/keys';
import {
  startBroker,
  startDatabase,
  TestKeys,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Tokens } from '../../../services/api/src/identity/tokens/tokens.js';
import {
  ServiceProcess,
  services,
  type ServiceName,
  type Surroundings,
} from './service-process.js';
import { forgesTokens, keysNamedIn, openedBy, type Loot } from './thief.js';

let broker: TestBroker;
let database: TestDatabase;
let around: Surroundings;
let loot: Loot;
let api: Tokens;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  [broker, database] = await Promise.all([startBroker(), startDatabase()]);
  const keys = new TestKeys();
  around = { database, amqpUrl: broker.url, keys };
  api = new Tokens({ token: keys.holder('token') }, { tokenHours: 1 });
  const grant = { userId: 'u', projectId: 'p', methods: ['password'], passwordTag: 't' };
  const bmc = `nodes.pm_secret:${randomUUID()}`;
  const instance = `instances.user_data:${randomUUID()}`;
  loot = {
    bmc: { owner: bmc, sealed: await keys.seal('bmcPublic', bmc, 'geheim') },
    instance: { owner: instance, sealed: await keys.seal('instancePublic', instance, 'geheim') },
    token: (await api.issue(grant)).token,
  };
});
afterEach(async () => {
  await service?.close();
  service = undefined;
});
afterAll(async () => {
  await Promise.all([broker.close(), database.close()]);
});

const spawn = (
  name: ServiceName,
  changes: Readonly<Record<string, string | undefined>> = {},
): ServiceProcess => {
  service = ServiceProcess.spawn(name, around, changes);
  return service;
};

describe.each<[ServiceName, string[]]>([
  ['api', ['token']],
  ['scheduler', []],
  ['compute', []],
  ['power', ['bmc']],
  ['boot', []],
  ['deploy-helper', ['instance']],
])('%s', (name, opens) => {
  const own = (Object.keys(keyFiles) as KeyName[]).filter((key) =>
    (keyFiles[key].services as readonly string[]).includes(name),
  );
  const foreign = (Object.keys(keyFiles) as KeyName[]).filter((key) => !own.includes(key));

  test(`starts with its own keys, by which opens: ${opens.join() || 'nothing'}`, async () => {
    const running = spawn(name);
    await running.started();
    const keys = keysNamedIn(running.environment());
    expect(keys).toHaveLength(own.length);
    expect(await openedBy(keys, loot)).toEqual(opens);
    expect(await forgesTokens(keys, { token: loot.token, api })).toBe(name === 'api');
  });

  test.each(own)('does not start without %s', async (key) => {
    const running = spawn(name, { [keyVariable(key)]: undefined });
    expect(await running.exitCode()).toBe(2);
    expect(running.log).toContain(`(${keyVariable(key)}): must be given`);
  });

  test('does not start with the key of another, nor with that of earlier releases', async () => {
    const offered = foreign.map((key) => [
      keyVariable(key),
      `${around.keys.folder}/${keyFiles[key].file}`,
    ]);
    const running = spawn(name, {
      ...(Object.fromEntries(offered) as Record<string, string>),
      METALCAST_SECRETS_KEY: 'canary-key',
    });
    expect(await running.exitCode()).toBe(2);
    for (const key of foreign) {
      expect(running.log).toContain(
        `${keyVariable(key)}: ${name} must not have the key that ${keyFiles[key].use}`,
      );
    }
    expect(running.log).toContain('METALCAST_SECRETS_KEY: the single key of earlier releases');
    expect(running.log).not.toContain('canary-key');
  });
});

test.each<[ServiceName, KeyName, KeyName, string]>([
  ['api', 'bmcPublic', 'bmcPrivate', 'holds private keys'],
  ['scheduler', 'instancePublic', 'instancePrivate', 'holds private keys'],
  ['power', 'bmcPrivate', 'bmcPublic', 'holds no private key'],
  ['power', 'bmcPrivate', 'instancePrivate', 'must hold keys for the passwords of BMCs'],
])('%s does not take, for %s, the file of %s', async (name, key, other, reason) => {
  const path = `${around.keys.folder}/${keyFiles[other].file}`;
  const running = spawn(name, { [keyVariable(key)]: path });
  expect(await running.exitCode()).toBe(2);
  expect(running.log).toContain(`${keyVariable(key)}: ${path} ${reason}`);
});

test('every service is among them', () => {
  const named = Object.values(keyFiles).flatMap((row) => [...row.services]);
  expect(services).toEqual(expect.arrayContaining(named));
});
