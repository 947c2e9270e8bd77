import { randomUUID } from 'node:crypto';
import { ModelDatabase } from '@metalcast/db/models';
import { readSecrets, replaceSecrets } from '@metalcast/db/ciphertexts';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let rows: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  rows = await startDatabase();
  database = new ModelDatabase({ url: rows.url, poolSize: 2, applicationName: 'test-secrets' });
});
afterAll(async () => {
  await database.close();
  await rows.close();
});

async function addNode(pmSecret: string | null): Promise<string> {
  const uuid = randomUUID();
  const sizes = { cpus: 1, memoryMb: 1024, localGb: 10 };
  await database.prisma.node.create({ data: { uuid, ...sizes, pmSecret } });
  return uuid;
}

test('secrets are read page by page, and what has changed since is not replaced', async () => {
  const uuids = await Promise.all(['a', 'b', 'c'].map(addNode));
  await Promise.all(['', null].map(addNode));
  const first = await readSecrets(database, 'nodes.pm_secret', { after: undefined, limit: 2 });
  const after = first.at(-1)?.uuid;
  const rest = await readSecrets(database, 'nodes.pm_secret', { after, limit: 2 });
  const all = [...first, ...rest];
  expect(all.map(({ uuid }) => uuid)).toEqual(uuids.toSorted());

  const [changed, gone, kept] = all.map(({ uuid }) => ({ where: { uuid } }));
  await database.prisma.node.update({ ...changed!, data: { pmSecret: 'by another' } });
  await database.prisma.node.update({ ...gone!, data: { pmSecret: null } });
  const anew = all.map(({ uuid, sealed: before }) => ({ uuid, before, sealed: `${before} anew` }));
  expect(await replaceSecrets(database, 'nodes.pm_secret', anew)).toBe(1);
  const secretOf = async ({ where }: typeof changed & object): Promise<string | null> =>
    (await database.prisma.node.findUniqueOrThrow({ where })).pmSecret;
  expect(await secretOf(changed!)).toBe('by another');
  expect(await secretOf(gone!)).toBeNull();
  expect(await secretOf(kept!)).toBe(anew[2]?.sealed);
});
