import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, request } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  rig = await startServerRig();
  tokens['admin'] = rig.api.admin;
  for (const name of ['alice', 'bob']) {
    tokens[name] = await addMember(rig.api, name);
  }
});
afterAll(() => rig.close());

test.each([
  ['private', 'alice', true],
  ['private', 'bob', false],
  ['shared', 'alice', true],
  ['shared', 'bob', false],
  ['shared', 'admin', true],
  ['community', 'bob', true],
  ['public', 'bob', true],
])('alice’s %s image is seen and booted by %s: %s', async (visibility, name, is) => {
  const token = tokens[name]!;
  const { image: id, api } = rig;
  await api.database.prisma.image.update({
    where: { id },
    data: { visibility, owner: 'project-alice' },
  });
  const shown = await request(`${api.url}/image/v2/images/${id}`, 'GET', { token });
  expect(shown.status).toBe(is ? 200 : 404);
  const asked = await rig.ask({}, {}, { token });
  expect(asked.status).toBe(is ? 202 : 400);
  if (!is) {
    expect(messageIn(asked)).toBe(`Image ${id} could not be found.`);
  }
});
