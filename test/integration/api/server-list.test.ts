import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let member: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  rig = await startServerRig();
  member = await addMember(rig.api, 'eve');
  for (const name of ['web.1', 'web_1', 'data']) {
    ids[name] = await rig.server({ name });
  }
  await rig.api.database.prisma.instance.update({
    where: { uuid: ids['data'] ?? '' },
    data: { availabilityZone: 'east' },
  });
  ids['theirs'] = await rig.server({ name: 'theirs' }, {}, { token: member });
  ids['gone'] = await rig.server({ name: 'gone' });
  await rig.api.database.prisma.instance.update({
    where: { uuid: ids['gone'] ?? '' },
    data: { vmState: 'deleted', taskState: null, deletedAt: new Date() },
  });
});
afterAll(() => rig.close());

const listed = async (query: string, token?: string): Promise<string[]> => {
  const options = token === undefined ? {} : { token };
  const answer = await rig.compute('GET', `servers?${query}`, undefined, options);
  expect(answer.status, messageIn(answer)).toBe(200);
  const { servers } = answer.body as unknown as { servers: { name: string }[] };
  return servers.map(({ name }) => name);
};
const own = ['data', 'web_1', 'web.1'];

test.each([
  ['', own],
  ['all_tenants=1', ['theirs', ...own]],
  ['all_tenants=', ['theirs', ...own]],
  ['all_tenants=0', own],
  ['all_tenants=True&project_id=project-eve', ['theirs']],
  ['tenant_id=project-eve', ['theirs']],
  ['tenant_id=nobody', []],
  ['all_tenants=1&user_id=user-eve', ['theirs']],
  ['name=web', ['web_1', 'web.1']],
  ['name=web_1', ['web_1']],
  ['name=^web.1$', ['web_1', 'web.1']],
  ['name=ata$', ['data']],
  ['status=BUILD', own],
  ['status=active', []],
  ['flavor=small', own],
  ['flavor=large', []],
  ['deleted=True', ['gone']],
  ['deleted=False', own],
  ['changes-since=2030-01-01T00:00:00Z', []],
  ['changes-since=2020-01-01T00:00:00', ['gone', ...own]],
  ['changes-since=2020-01-01T00:00:00&deleted=false', own],
  ['ip=10', []],
  ['node=nowhere', []],
  ['limit=1', ['data']],
  ['limit=2000', own],
  ['limit=0', []],
  ['sort_key=created_at&sort_dir=desc', own],
  ['sort_dir=asc', own.toReversed()],
  ['sort_key=display_name&sort_dir=asc', ['data', 'web.1', 'web_1']],
  ['sort_key=vm_state&sort_dir=asc', own.toReversed()],
  ['changes-since=2020-01-01', ['gone', ...own]],
  ['changes-since=2020-01-01 00:00:00.5', ['gone', ...own]],
  ['availability_zone=east', ['data']],
  ['availability_zone=west', []],
  ['ip6=.', []],
  ['locked=False', own],
  ['locked=True', []],
  ['progress=0', own],
])('%s', async (query, names) => {
  expect(await listed(query)).toEqual(names);
});

test('by address', async () => {
  const { prisma } = rig.api.database;
  const network = await prisma.network.create({
    data: { id: randomUUID(), name: 'n', projectId: 'p' },
  });
  await prisma.port.create({
    data: {
      id: randomUUID(),
      networkId: network.id,
      projectId: 'p',
      macAddress: '52:54:00:00:00:01',
      ipAddress: '10.1.2.3',
      deviceId: ids['data'] ?? '',
    },
  });
  expect(await listed('ip=^10.1')).toEqual(['data']);
  expect(await listed('ip=^10.2')).toEqual([]);
});

test('pages go on after a marker, also one that was deleted since', async () => {
  expect(await listed(`marker=${ids['data'] ?? ''}&limit=1`)).toEqual(['web_1']);
  expect(await listed(`marker=${ids['gone'] ?? ''}`)).toEqual(own);
  const byName = `sort_key=display_name&sort_dir=asc&limit=1`;
  expect(await listed(`${byName}&marker=${ids['data'] ?? ''}`)).toEqual(['web.1']);
  const byState = 'sort_key=vm_state&sort_dir=desc&limit=1';
  expect(await listed(`${byState}&marker=${ids['data'] ?? ''}`)).toEqual(['web_1']);
  expect(await listed(`${byState}&marker=${ids['web.1'] ?? ''}`)).toEqual([]);
});

test('a member sees their own', async () => {
  expect(await listed('project_id=admin', member)).toEqual([]);
  expect(await listed('changes-since=2020-01-01T00:00:00Z', member)).toEqual(['theirs']);
});

test.each(['all_tenants=1', 'all_tenants=', 'deleted=true', 'host=h1', `node=${randomUUID()}`])(
  '%s is for administrators',
  async (query) => {
    const answer = await rig.compute('GET', `servers?${query}`, undefined, { token: member });
    expect(answer.status).toBe(403);
  },
);

test.each([
  ['name=(', 'no regular expression'],
  ['bogus=1', 'bogus'],
  ['tags=a', 'servers have no tags'],
  ['instance_name=a', 'use name'],
  ['changes-since=yesterday', 'must be a time or a date'],
  ['marker=nothing', 'marker [nothing] not found'],
  [`marker=${randomUUID()}`, 'not found'],
  ['limit=-1', 'limit'],
])('%s is refused', async (query, reason) => {
  const answer = await rig.compute('GET', `servers?${query}`);
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toContain(reason);
});

test('a pattern has a bounded time', async () => {
  const uuid = ids['data'] ?? '';
  const { prisma } = rig.api.database;
  await prisma.instance.update({ where: { uuid }, data: { displayName: 'a'.repeat(200) } });
  const answer = await rig.compute(
    'GET',
    String.raw`servers?name=^(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5a$`,
  );
  expect(answer.status, messageIn(answer)).toBe(400);
  await prisma.instance.update({ where: { uuid }, data: { displayName: 'data' } });
}, 20_000);

test('searches that take too long are refused, and never hold more than two connections', async () => {
  const { prisma } = rig.api.database;
  const searching = async (): Promise<number> => {
    const [row] = await prisma.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE application_name = 'api' AND datname = current_database()
         AND wait_event_type = 'Lock'`;
    return row?.count ?? 0;
  };
  const seen: number[] = [];
  // Nobody can read the table: each search takes as long as it may.
  await prisma.$transaction(
    async (tx) => {
      await tx.$executeRaw`LOCK TABLE instances IN ACCESS EXCLUSIVE MODE`;
      let open = 6;
      const answers = Array.from({ length: open }, async () => {
        const answer = await rig.compute('GET', 'servers?name=web');
        open -= 1;
        return answer.status;
      });
      while (open > 0) {
        seen.push(await searching());
      }
      expect(await Promise.all(answers)).toEqual(Array.from({ length: 6 }, () => 400));
    },
    { timeout: 50_000 },
  );
  expect(Math.max(...seen)).toBe(2);
});
