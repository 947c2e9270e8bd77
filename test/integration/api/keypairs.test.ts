import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let member: string;

beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'eve');
});
afterAll(() => rig.close());

const user = 'user-eve';
const minor = 10;
const namesOf = async (query = '', token = rig.api.admin): Promise<string[]> => {
  const answer = await rig.compute('GET', `os-keypairs${query}`, undefined, { token, minor });
  const { keypairs } = answer.body as unknown as { keypairs: { keypair: { name: string } }[] };
  return keypairs.map(({ keypair }) => keypair.name);
};

test("an administrator makes, sees and deletes another user's key pairs", async () => {
  const keypair = { name: 'theirs', user_id: user };
  const created = await rig.compute('POST', 'os-keypairs', { keypair }, { minor });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ keypair: { user_id: user } });
  expect(await namesOf()).toEqual([]);
  expect(await namesOf(`?user_id=${user}`)).toEqual(['theirs']);
  expect(await namesOf('', member)).toEqual(['theirs']);
  const path = `os-keypairs/theirs?user_id=${user}`;
  expect((await rig.compute('GET', path, undefined, { minor })).status).toBe(200);
  expect((await rig.compute('DELETE', path, undefined, { minor })).status).toBe(204);
  expect(await namesOf('', member)).toEqual([]);
});

test('not a member, and not before 2.10', async () => {
  const keypair = { name: 'x', user_id: 'admin' };
  const refused = await rig.compute('POST', 'os-keypairs', { keypair }, { minor, token: member });
  expect(refused.status).toBe(403);
  const early = await rig.compute('GET', `os-keypairs?user_id=${user}`, undefined, { minor: 9 });
  expect(early.status).toBe(400);
});
