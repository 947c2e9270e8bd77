import { afterAll, beforeAll, expect, test } from 'vitest';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(() => rig.close());

const many = Array.from({ length: 20 }, (_, n) => n);

test('deleted by many at once: one did it, the others find nothing', async () => {
  const flavor = { id: 'gone', name: 'gone', ram: 1, vcpus: 1, disk: 0 };
  await rig.compute('POST', 'flavors', { flavor });
  const answers = await Promise.all(many.map(() => rig.compute('DELETE', 'flavors/gone')));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([202, ...many.slice(1).map(() => 404)]);
});

test('extra specs that many write in other orders do not block each other', async () => {
  const keys = many.map((n) => `my:${String(n)}`);
  const specs = (n: number): object =>
    Object.fromEntries([...keys.slice(n), ...keys.slice(0, n)].map((key) => [key, String(n)]));
  const answers = await Promise.all(
    many.map((n) => rig.compute('POST', 'flavors/small/os-extra_specs', { extra_specs: specs(n) })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const { body } = await rig.compute('GET', 'flavors/small/os-extra_specs');
  const { extra_specs: kept } = body as unknown as { extra_specs: Record<string, string> };
  expect(new Set(Object.values(kept)).size).toBe(1);
});

test('a spec that a flavor lacks is not found, whatever JavaScript knows by its name', async () => {
  const { status } = await rig.compute('GET', 'flavors/small/os-extra_specs/constructor');
  expect(status).toBe(404);
});

test('pages', async () => {
  for (const id of ['p1', 'p2', 'p3']) {
    await rig.compute('POST', 'flavors', { flavor: { id, name: id, ram: 1, vcpus: 1, disk: 0 } });
  }
  const listed = async (query: string): Promise<string[]> => {
    const { body } = await rig.compute('GET', `flavors?${query}`);
    return (body as unknown as { flavors: { id: string }[] }).flavors.map(({ id }) => id);
  };
  expect(await listed('limit=2')).toEqual(['p1', 'p2']);
  expect(await listed('limit=5000&marker=p1')).toEqual(['p2', 'p3', 'small']);
  expect(await listed('marker=small')).toEqual([]);
  const unknown = await rig.compute('GET', 'flavors?marker=nothing');
  expect([unknown.status, messageIn(unknown)]).toEqual([400, 'marker [nothing] not found']);
});
