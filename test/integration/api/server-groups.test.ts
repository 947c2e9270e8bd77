import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, type Answer } from './api-process.js';
import { messageIn, seenIn, startServerRig, type Seen, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let alice: string;
let bob: string;

beforeAll(async () => {
  rig = await startServerRig({ serverGroupScope: 'power_feed' });
  alice = await addMember(rig.api, 'alice');
  bob = await addMember(rig.api, 'bob');
});
afterAll(() => rig.close());

const ask = (group: object, token = alice, minor = 15): Promise<Answer> =>
  rig.compute('POST', 'os-server-groups', { server_group: group }, { token, minor });
const make = async (group: object = {}, token = alice): Promise<Seen> =>
  seenIn(await ask({ name: 'g', policies: ['anti-affinity'], ...group }, token), 'server_group');
const show = (id: string, token = alice): Promise<Answer> =>
  rig.compute('GET', `os-server-groups/${id}`, undefined, { token });
const idsIn = ({ body }: Answer): string[] =>
  (body as unknown as { server_groups: Seen[] }).server_groups.map(({ id }) => id);

test('a group is made with a policy and a scope, which is shown where it is not the usual one', async () => {
  const soft = await ask({
    name: 'soft',
    policies: ['soft-affinity'],
    'metalcast:scope': 'switch',
  });
  expect(soft.status).toBe(200);
  expect(seenIn(soft, 'server_group')).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    ...{ name: 'soft', policies: ['soft-affinity'], members: [], metadata: {} },
    ...{ project_id: 'project-alice', user_id: 'user-alice', 'metalcast:scope': 'switch' },
  });
  expect(await make()).not.toHaveProperty('metalcast:scope');
  const early = seenIn(await ask({ name: 'g', policies: ['affinity'] }, alice, 12), 'server_group');
  expect(early).not.toHaveProperty('project_id');
});

test('members are its servers that are not deleted; they survive the group', async () => {
  const { id } = await make();
  const hints = { 'os:scheduler_hints': { group: id } };
  const [kept, deleted] = [
    await rig.server({}, hints, { token: alice }),
    await rig.server({}, hints, { token: alice }),
  ];
  expect(seenIn(await show(id), 'server_group')).toMatchObject({ members: [kept, deleted] });
  const { instance } = rig.api.database.prisma;
  await instance.update({ where: { uuid: deleted }, data: { deletedAt: new Date() } });
  expect(seenIn(await show(id), 'server_group')).toMatchObject({ members: [kept] });
  const gone = await rig.compute('DELETE', `os-server-groups/${id}`, undefined, { token: alice });
  expect(gone.status).toBe(204);
  expect((await show(id)).status).toBe(404);
  expect(await instance.findUnique({ where: { uuid: kept } })).toMatchObject({
    ...{ serverGroupId: null, deletedAt: null, schedulerHints: { group: id } },
  });
});

test("a project sees its own groups, an administrator everybody's who asks", async () => {
  const { id: hers } = await make();
  const { id: his } = await make({}, bob);
  const list = (token: string, query = '') =>
    rig.compute('GET', `os-server-groups${query}`, undefined, { token });
  expect(idsIn(await list(alice))).toContain(hers);
  expect(idsIn(await list(alice, '?all_projects=True'))).not.toContain(his);
  expect(idsIn(await list(rig.api.admin))).toEqual([]);
  const all = idsIn(await list(rig.api.admin, '?all_projects=True'));
  expect(all).toEqual(expect.arrayContaining([hers, his]));
  expect(idsIn(await list(rig.api.admin, '?all_projects&limit=1&offset=1'))).toEqual([all[1]]);
  for (const method of ['GET', 'DELETE']) {
    const path = `os-server-groups/${his}`;
    const answer = await rig.compute(method, path, undefined, { token: alice });
    expect([answer.status, messageIn(answer)]).toEqual([
      404,
      `Instance group ${his} could not be found.`,
    ]);
  }
  expect((await show(his, rig.api.admin)).status).toBe(200);
  for (const id of ['g', randomUUID()]) {
    expect((await show(id)).status).toBe(404);
  }
});

test.each<[string, object, RegExp]>([
  ['no policy', { name: 'g', policies: [] }, /policies: must name exactly one/],
  ['two policies', { name: 'g', policies: ['affinity', 'anti-affinity'] }, /exactly one/],
  ['an unknown policy', { name: 'g', policies: ['closeness'] }, /policies\.0/],
  ['an unknown scope', { name: 'g', policies: ['affinity'], 'metalcast:scope': 'room' }, /scope/],
  ['no name', { policies: ['affinity'] }, /name/],
  ['what 2.64 brought', { name: 'g', policy: 'affinity' }, /polic/],
])('%s is a 400', async (_, group, reason) => {
  const answer = await ask(group);
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toMatch(reason);
});

test('soft policies need 2.15', async () => {
  const answer = await ask({ name: 'g', policies: ['soft-affinity'] }, alice, 14);
  expect([answer.status, messageIn(answer)]).toEqual([
    400,
    'Invalid input for field/attribute server_group.policies.0: soft-affinity needs microversion 2.15 or later',
  ]);
});
