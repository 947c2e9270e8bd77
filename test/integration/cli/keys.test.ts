import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelDatabase } from '@metalcast/db/models';
import { vmState } from '@metalcast/domain';
import {
  KeySet,
  Opener,
  publicHalf,
  readKeyFolder,
  Sealer,
  sealedTo,
  type KeyHolder,
} from '@metalcast/keys';
import { keySecretsIn, startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { metalcast, type Ended } from './metalcast.js';

const root = mkdtempSync(join(tmpdir(), 'metalcast-keys-'));
let rows: TestDatabase;
let database: ModelDatabase;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  rows = await startDatabase();
  database = new ModelDatabase({ url: rows.url, poolSize: 2, applicationName: 'test-keys' });
  env = { DATABASE_URL: rows.url };
});
afterAll(async () => {
  await database.close();
  await rows.close();
  rmSync(root, { recursive: true });
});
beforeEach(async () => {
  await database.prisma.node.deleteMany();
  await database.prisma.instance.deleteMany();
  folder = join(root, randomUUID());
  expect((await metalcast(['keys', 'create', folder])).code).toBe(0);
});

const holder = (purpose: 'bmc' | 'instance'): KeyHolder => ({
  keys: new KeySet(readKeyFolder(folder, purpose)),
});
/** Seals as the api does. */
const sealerOfBmcs = (): Sealer =>
  new Sealer({ keys: new KeySet(publicHalf(readKeyFolder(folder, 'bmc'))) });
const newestOf = (purpose: 'bmc' | 'instance'): string | undefined =>
  readKeyFolder(folder, purpose).keys[0]?.kid;

async function addNode(pmSecret: (owner: string) => string | Promise<string>): Promise<string> {
  const uuid = randomUUID();
  const secret = await pmSecret(`nodes.pm_secret:${uuid}`);
  const sizes = { cpus: 1, memoryMb: 1024, localGb: 10 };
  await database.prisma.node.create({ data: { uuid, ...sizes, pmSecret: secret } });
  return uuid;
}

async function sealedOf(uuid: string): Promise<string> {
  const { pmSecret } = await database.prisma.node.findUniqueOrThrow({ where: { uuid } });
  return pmSecret ?? '';
}

const passwordOf = async (uuid: string): Promise<string> =>
  new Opener(holder('bmc')).open(`nodes.pm_secret:${uuid}`, await sealedOf(uuid));

/** Encrypts as the previous release did. */
function encrypted(key: Buffer, owner: string, plain: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return `v1:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
}

const said = ({ stdout, stderr }: Ended): string => stdout + stderr;

test('create refuses to overwrite; show lists the files of each service; no command prints a key', async () => {
  const again = await metalcast(['keys', 'create', folder]);
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/not overwritten/) as string,
  });
  const shown = await metalcast(['keys', 'show', folder]);
  expect(shown.stdout).toMatch(/^bmc-\S+ +the passwords of BMCs +in use$/m);
  expect(shown.stdout).toMatch(/^bmc-private\.json +power +METALCAST_BMC_PRIVATE_KEY_FILE$/m);
  expect(shown.stdout).toMatch(/^agent\.json +boot, deploy-helper +METALCAST_AGENT_KEY_FILE$/m);
  const rotated = await metalcast(['keys', 'rotate', 'bmc', folder, '--minutes', '60']);
  expect(rotated.stdout).toMatch(/give bmc-public\.json to api, bmc-private\.json to power/);
  const then = await metalcast(['keys', 'show', folder]);
  expect(then.stdout).toMatch(/^bmc-\S+ .* in use from \S+Z$/m);
  expect(then.stdout).toMatch(/^bmc-\S+ .* in use$/m);
  for (const secret of keySecretsIn(folder)) {
    expect([again, shown, rotated, then].map(said).join()).not.toContain(secret);
  }
});

test.each([
  [['rotate', 'bcm'], /Unknown purpose 'bcm'/],
  [['rotate', 'bmc', '--minutes', 'soon'], /must be a number/],
  [['prune', 'x'], /Unknown purpose 'x'/],
])('keys %j is refused with a sentence', async ([verb = '', ...rest], reason) => {
  const [purpose = '', ...options] = rest;
  const refused = await metalcast(['keys', verb, purpose, folder, ...options]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(reason) as string });
});

test('reseal seals everything to the key in use, in batches, and is idempotent', async () => {
  const sealer = sealerOfBmcs();
  const nodes = await Promise.all(
    Array.from({ length: 230 }, (_, i) => addNode((owner) => sealer.seal(owner, `geheim-${i}`))),
  );
  const none = await metalcast(['keys', 'reseal', folder], env);
  expect(none.stdout).toMatch(/^nodes\.pm_secret +0 +230 +0$/m);
  await metalcast(['keys', 'rotate', 'bmc', folder, '--minutes', '0']);
  const resealed = await metalcast(['keys', 'reseal', folder], env);
  expect(resealed.code).toBe(0);
  expect(resealed.stdout).toMatch(/^nodes\.pm_secret +230 +0 +0$/m);
  const again = await metalcast(['keys', 'reseal', folder], env);
  expect(again.stdout).toMatch(/^nodes\.pm_secret +0 +230 +0$/m);
  const pruned = await metalcast(['keys', 'prune', 'bmc', folder]);
  expect(pruned.stdout).toMatch(/^removed bmc-/m);
  for (const [i, uuid] of nodes.entries()) {
    expect(sealedTo(await sealedOf(uuid))).toBe(newestOf('bmc'));
    expect(await passwordOf(uuid)).toBe(`geheim-${i}`);
  }
});

test('an installation with one key changes to one key per purpose', async () => {
  const key = randomBytes(32);
  const file = join(root, 'former');
  writeFileSync(file, `${key.toString('base64')}\n`);
  const node = await addNode((owner) => encrypted(key, owner, 'geheim'));
  const uuid = randomUUID();
  const secret = (column: string): string =>
    encrypted(key, `instances.${column}:${uuid}`, `the ${column}`);
  await database.prisma.instance.create({
    data: {
      ...{ uuid, userId: 'u', projectId: 'p', displayName: 'a', hostname: 'a', reservationId: 'r' },
      ...{ imageRef: randomUUID(), image: {}, flavor: {}, memoryMb: 1, vcpus: 1, rootGb: 1 },
      ...{ userData: secret('user_data'), adminPass: secret('admin_pass') },
      vmState: vmState.building,
    },
  });
  const untold = await metalcast(['keys', 'reseal', folder], env);
  expect(untold).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/give --former-key-file/) as string,
  });
  const told = await metalcast(['keys', 'reseal', folder, '--former-key-file', file], env);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).not.toContain(key.toString('base64'));
  expect(await passwordOf(node)).toBe('geheim');
  const row = await database.prisma.instance.findUniqueOrThrow({ where: { uuid } });
  const opener = new Opener(holder('instance'));
  expect(await opener.open(`instances.user_data:${uuid}`, row.userData ?? '')).toBe(
    'the user_data',
  );
  expect(await opener.open(`instances.admin_pass:${uuid}`, row.adminPass ?? '')).toBe(
    'the admin_pass',
  );
});

test('unreadable secrets are listed, and the others are resealed', async () => {
  const sealer = sealerOfBmcs();
  const good = await addNode((owner) => sealer.seal(owner, 'geheim'));
  const bad = await addNode(() => 'v1:AAAA');
  const odd = await addNode(() => 'geheim');
  await metalcast(['keys', 'rotate', 'bmc', folder, '--minutes', '0']);
  const result = await metalcast(['keys', 'reseal', folder], env);
  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(/^nodes\.pm_secret +1 +0 +2$/m);
  expect(result.stdout).toContain(`nodes.pm_secret:${bad}: `);
  expect(result.stdout).toContain(`nodes.pm_secret:${odd}: it is not sealed`);
  expect(await passwordOf(good)).toBe('geheim');
  expect(await sealedOf(odd)).toBe('geheim');
});

test('a rotation leaves no half-written file behind', async () => {
  for (const purpose of ['bmc', 'instance', 'token', 'agent']) {
    await metalcast(['keys', 'rotate', purpose, folder]);
  }
  const names = readdirSync(folder);
  expect(names.filter((name) => !name.endsWith('.json'))).toEqual([]);
  for (const name of names) {
    const { keys } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { keys: unknown[] };
    expect(keys, name).toHaveLength(2);
  }
});
