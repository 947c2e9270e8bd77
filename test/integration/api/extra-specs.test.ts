import { afterAll, beforeAll, expect, test } from 'vitest';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
const path = 'flavors/small/os-extra_specs';

beforeAll(async () => {
  rig = await startServerRig();
});
afterAll(() => rig.close());

const kept = async (): Promise<unknown> => (await rig.compute('GET', path)).body;

test('what the scheduler could not read is refused, and nothing of the request is kept', async () => {
  const good = {
    'capabilities:ssd': '<or> yes <or> true',
    'trait:HW_GPU': 'required',
    gen: '>= 9',
  };
  const created = await rig.compute('POST', path, { extra_specs: good });
  expect([created.status, created.body]).toEqual([200, { extra_specs: good }]);
  const bad = { extra_specs: { fine: 'x', 'capabilities:ssd': '>=' } };
  const refused = await rig.compute('POST', path, bad);
  expect([refused.status, messageIn(refused)]).toEqual([
    400,
    "The extra spec capabilities:ssd: the value '>=' cannot be read: the operator >= has no operand.",
  ]);
  expect(await kept()).toEqual({ extra_specs: good });
});

test('one alone is checked as well', async () => {
  const put = (key: string, value: string) =>
    rig.compute('PUT', `${path}/${encodeURIComponent(key)}`, { [key]: value });
  expect((await put('resources:CUSTOM_GOLD', 'one')).status).toBe(400);
  expect((await put('node:exact_size', 'yes')).status).toBe(400);
  expect((await put('node:exact_size', 'true')).status).toBe(200);
  expect((await put('quota:other', '>=')).status).toBe(200);
  expect(await kept()).toMatchObject({
    extra_specs: { 'node:exact_size': 'true', 'quota:other': '>=' },
  });
});
