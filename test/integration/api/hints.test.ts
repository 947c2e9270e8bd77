import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let member: string;

beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'alice');
});
afterAll(() => rig.close());

const beside = (hints: object, key = 'os:scheduler_hints'): object => ({ [key]: hints });
const rowOf = (uuid: string) =>
  rig.api.database.prisma.instance.findUniqueOrThrow({ where: { uuid } });

async function group(projectId: string): Promise<string> {
  const id = randomUUID();
  const data = { id, name: 'g', projectId, userId: 'u', policy: 'anti-affinity' };
  await rig.api.database.prisma.serverGroup.create({ data });
  return id;
}

test('hints are kept with the server, what no filter reads as well', async () => {
  const other = await rig.server();
  const query = '["=", "$cpu_arch", "x86_64"]';
  const hints = { same_rack: other, different_host: [other], query, mine: ['x'] };
  for (const key of ['os:scheduler_hints', 'OS-SCH-HNT:scheduler_hints']) {
    const { schedulerHints, serverGroupId } = await rowOf(await rig.server({}, beside(hints, key)));
    expect(schedulerHints).toEqual({ ...hints, same_rack: [other] });
    expect(serverGroupId).toBeNull();
  }
  expect((await rowOf(other)).schedulerHints).toEqual({});
});

test('every server of a request belongs to the hinted group', async () => {
  const { projectId } = await rowOf(await rig.server());
  const id = await group(projectId);
  const many = { name: 'many', min_count: 3, max_count: 3 };
  await rig.server(many, beside({ group: id.toUpperCase() }));
  const rows = await rig.api.database.prisma.instance.findMany({ where: { serverGroupId: id } });
  expect(rows.map(({ displayName }) => displayName)).toEqual(
    rows.map(({ uuid }) => `many-${uuid}`),
  );
  expect(rows).toHaveLength(3);
  expect(rows.map(({ schedulerHints }) => schedulerHints)).toEqual(Array(3).fill({ group: id }));
});

test('a group that is not there, or of another project, is refused', async () => {
  const foreign = await group('elsewhere');
  for (const id of [foreign, randomUUID()]) {
    for (const token of [member, rig.api.admin]) {
      const answer = await rig.ask({}, beside({ group: id }), { token });
      expect(answer.status).toBe(400);
      expect(messageIn(answer)).toBe(`Instance group ${id} could not be found.`);
    }
  }
});

test("hinted servers must exist: in the caller's project, for an administrator anywhere", async () => {
  const [mine, ours] = [await rig.server({}, {}, { token: member }), await rig.server()];
  expect((await rig.ask({}, beside({ same_host: mine }))).status).toBe(202);
  expect((await rig.ask({}, beside({ same_host: mine }), { token: member })).status).toBe(202);
  const hints = { same_host: [mine, ours], different_rack: ours };
  const refused = await rig.ask({}, beside(hints), { token: member });
  expect(refused.status).toBe(400);
  expect(messageIn(refused)).toBe(
    `Scheduler hints name servers that could not be found: same_host names ${ours}; different_rack names ${ours}.`,
  );
  const data = { deletedAt: new Date() };
  await rig.api.database.prisma.instance.update({ where: { uuid: ours }, data });
  const gone = await rig.ask({}, beside({ different_switch: ours }));
  expect(gone.status).toBe(400);
  expect(messageIn(gone)).toContain(`different_switch names ${ours}`);
});

test.each<[string, unknown, RegExp]>([
  ['hints that are a list', [], /os:scheduler_hints: must be an object/],
  ['a group that is no uuid', { group: 'mine' }, /os:scheduler_hints\.group: must be a UUID/],
  [
    'a server that is no uuid',
    { same_host: 'web' },
    /os:scheduler_hints\.same_host: must be a UUID/,
  ],
  ['a query of an unknown operator', { query: ['near', 1] }, /query: .*"near" is not an operator/],
  ['a query that is no JSON', { query: '[' }, /query: .*it is not JSON/],
  ['an address that is none', { build_near_host_ip: '10.0.0' }, /build_near_host_ip/],
  ['a prefix that is none', { cidr: '/33' }, /cidr: must be a prefix length/],
])('%s: 400 with path and reason', async (_, hints, reason) => {
  const answer = await rig.ask({}, { 'os:scheduler_hints': hints });
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toMatch(reason);
});
