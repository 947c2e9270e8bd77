// Every list: in pages that the database cuts, with a link to the next one, by as many statements for many rows as for
// few.
import { randomUUID } from 'node:crypto';
import { beat } from '@metalcast/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aMac } from '../db/rows.js';
import { statementsOf } from '../statements.js';
import { addMember, request } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

const many = 60;
const longest = 25;

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig({ maxListed: longest });
  await fill();
});
afterAll(() => rig.close());

/** `many` of everything; rows alone, for what makes them is tested elsewhere. */
async function fill(): Promise<void> {
  const { prisma } = rig.api.database;
  const each = Array.from({ length: many }, (_, n) => n);
  const text = (n: number): string => String(n).padStart(3, '0');
  await rig.server({ name: 'server', user_data: 'Y2FuYXJ5' }, {}, {});
  await prisma.instance.updateMany({ data: { vmState: 'error', taskState: null } });
  await prisma.$executeRaw`
    INSERT INTO instances
    SELECT copy.* FROM instances i, generate_series(1, ${many - 1}::int) n,
           jsonb_populate_record(i, jsonb_build_object('id', nextval('instances_id_seq'), 'uuid', gen_random_uuid(),
                                                       'display_name', 'server-' || n)) copy`;
  await prisma.node.createMany({
    data: each.map((n) => ({
      ...{ uuid: randomUUID(), name: `node-${text(n)}`, cpus: 2, memoryMb: 1024, localGb: 10 },
      ...{ powerDriver: 'fake', pmSecret: 'canary' },
    })),
  });
  await prisma.flavor.createMany({
    data: each.map((n) => ({
      ...{ flavorid: `f${text(n)}`, name: `flavor-${text(n)}` },
      ...{ memoryMb: 512, vcpus: 1, rootGb: 4 },
    })),
  });
  const [user] = await prisma.user.findMany({ where: { name: 'admin' } });
  await prisma.keyPair.createMany({
    data: each.map((n) => ({
      ...{ userId: user?.id ?? '', name: `key-${text(n)}`, publicKey: 'k', fingerprint: 'f' },
    })),
  });
  await prisma.aggregate.createMany({
    data: each.map((n) => ({ uuid: randomUUID(), name: `aggregate-${text(n)}` })),
  });
  for (const n of each.slice(0, 30)) {
    const heart = { topic: null, version: '1.0', details: {} };
    await beat(rig.api.database, { host: `h${text(n)}`, binary: 'nova-compute', ...heart }, true);
  }
  const networks = each.map((n) => ({
    ...{ id: randomUUID(), name: `net-${text(n)}`, projectId: 'p', shared: true },
  }));
  await prisma.network.createMany({ data: networks });
  await prisma.subnet.createMany({
    data: each.map((n) => ({
      ...{ id: randomUUID(), networkId: networks[n]!.id, name: `sub-${text(n)}`, projectId: 'p' },
      ...{ cidr: `10.200.${n}.0/24`, allocationPools: [] },
    })),
  });
  await prisma.port.createMany({
    data: each.map((n) => ({
      ...{ id: randomUUID(), networkId: networks[0]!.id, name: `port-${text(n)}` },
      ...{ projectId: n % 2 === 0 ? 'even' : 'odd', macAddress: aMac() },
    })),
  });
  const passwordHash = 'canary';
  await prisma.user.createMany({
    data: each.map((n) => ({ id: `u${text(n)}`, name: `user-${text(n)}`, passwordHash })),
  });
  await prisma.project.createMany({
    data: each.map((n) => ({ id: `p${text(n)}`, name: `project-${text(n)}` })),
  });
}

interface Page {
  readonly status: number;
  readonly text: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | undefined;
}

async function get(path: string, key: string): Promise<Page> {
  const headers = { 'openstack-api-version': 'compute 2.35' };
  const { url, admin: token } = rig.api;
  const { status, body } = await request(`${url}/${path}`, 'GET', { token, headers });
  const answer = body as unknown as Record<string, unknown>;
  const links = (answer[`${key}_links`] ?? []) as { rel: string; href: string }[];
  const inKeystone = (answer['links'] as { next?: string | null } | undefined)?.next;
  const href = links.find(({ rel }) => rel === 'next')?.href ?? inKeystone ?? undefined;
  const next = href === undefined ? undefined : new URL(href);
  return {
    status,
    text: JSON.stringify(body),
    rows: (answer[key] ?? []) as Page['rows'],
    next: next && `${next.pathname.slice(1)}${next.search}`,
  };
}

async function whole(path: string, key: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page: Page = await get(next, key);
    expect(page.status, page.text).toBe(200);
    pages.push(page);
    ({ next } = page);
  }
  return pages;
}

const lists: readonly (readonly [path: string, key: string, count: number])[] = [
  ['compute/v2.1/servers', 'servers', many],
  ['compute/v2.1/servers/detail', 'servers', many],
  ['compute/v2.1/os-hypervisors', 'hypervisors', many],
  ['compute/v2.1/os-hypervisors/detail', 'hypervisors', many],
  ['compute/v2.1/os-baremetal-nodes?limit=25', 'nodes', many],
  ['metalcast/v1/nodes', 'nodes', many],
  ['compute/v2.1/flavors', 'flavors', many + 1],
  ['compute/v2.1/flavors/detail', 'flavors', many + 1],
  ['compute/v2.1/os-keypairs', 'keypairs', many],
  ['compute/v2.1/os-aggregates', 'aggregates', many],
  ['compute/v2.1/os-services', 'services', 30],
  ['network/v2.0/networks', 'networks', many + 1],
  ['network/v2.0/subnets', 'subnets', many + 1],
  ['network/v2.0/ports', 'ports', many],
  ['network/v2.0/ports?sort_key=name&sort_dir=desc', 'ports', many],
  ['identity/v3/users', 'users', many + 2],
  ['identity/v3/projects', 'projects', many + 2],
];

test.each(lists)(
  '%s: no page is longer than the option, none is left out',
  async (path, key, count) => {
    const pages = await whole(path, key);
    const sizes = pages.map(({ rows }) => rows.length);
    expect(sizes.slice(0, -1).every((size) => size === longest)).toBe(true);
    const rows = pages.flatMap((page) => page.rows);
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(count);
    expect(pages.map(({ text }) => text).join('')).not.toContain('canary');
  },
);

test.each(lists)('%s: as many statements for many rows as for one', async (path, key) => {
  const at = (limit: number): string => {
    const [url = '', query = ''] = path.split('?');
    const search = new URLSearchParams(query);
    search.set('limit', String(limit));
    return `${url}?${search.toString()}`;
  };
  /** Of several times: once in a while the account behind the token is read again. */
  const of = async (limit: number): Promise<string[]> => {
    let least: string[] | undefined;
    for (let n = 0; n < 3; n += 1) {
      const texts = await statementsOf(async () => {
        expect((await get(at(limit), key)).rows).toHaveLength(limit);
      });
      least = least === undefined || texts.length < least.length ? texts : least;
    }
    return least ?? [];
  };
  const one = await of(1);
  expect(await of(longest)).toHaveLength(one.length);
  expect(one.length, one.join('\n')).toBeLessThanOrEqual(6);
  expect(one.join('\n')).not.toMatch(/pm_secret|user_data|admin_pass|password_hash|injected_files/);
});

test.each([
  ...lists.map(
    ([path, key]) => [path, key, 'marker=00000000-0000-4000-8000-000000000000'] as const,
  ),
  ...lists
    .filter(([path]) => !path.includes('sort_key'))
    .map(([path, key]) => [path, key, 'sort_key=colour'] as const),
  ['image/v2/images', 'images', 'marker=00000000-0000-4000-8000-000000000000'] as const,
  ['image/v2/images', 'images', 'sort_key=colour'] as const,
  ['network/v2.0/ports', 'ports', 'colour=red'] as const,
  ['network/v2.0/ports', 'ports', 'limit=0'] as const,
  ['network/v2.0/ports', 'ports', 'sort_key=name&sort_key=id&sort_dir=asc&sort_dir=desc'] as const,
])('%s of %s by %s is refused with a sentence', async (path, key, query) => {
  const page = await get(`${path}${path.includes('?') ? '&' : '?'}${query}`, key);
  expect([page.status, page.text]).toEqual([
    400,
    expect.stringMatching(/colour|marker|limit|sort_/),
  ]);
});

const limited = [
  ...new Set([
    ...lists.map(([path]) => path.split('?')[0] ?? ''),
    'compute/v2.1/os-server-groups',
    'image/v2/images',
  ]),
];

test.each(limited)('%s: a limit that is none is refused with a sentence', async (path) => {
  for (const limit of ['-1', 'foo', '1.5', '1e1', ' 1', '']) {
    const { status, text } = await get(`${path}?limit=${encodeURIComponent(limit)}`, '');
    expect([limit, status, text]).toEqual([
      limit,
      400,
      expect.stringMatching(/limit: must be a whole number from [01] on"/),
    ]);
  }
  for (const twice of [
    'limit=1&limit=2',
    ...(path.includes('groups') ? [] : ['marker=a&marker=b']),
  ]) {
    const { status, text } = await get(`${path}?${twice}`, '');
    expect([twice, status, text]).toEqual([
      twice,
      400,
      expect.stringMatching(/(limit|marker): must be given once"/),
    ]);
  }
});

test.each(limited)('%s: a limit beyond the longest page is that page', async (path) => {
  const key =
    path
      .split('/')[2]
      ?.replace(/^os-/, '')
      .replace(/^baremetal-/, '') ?? '';
  for (const limit of ['1000000', '9'.repeat(30)]) {
    const { status, rows, text } = await get(`${path}?limit=${limit}`, key);
    expect([status, text]).toEqual([200, expect.stringContaining(`"${key.replace('-', '_')}":[`)]);
    expect(rows.length).toBeLessThanOrEqual(longest);
  }
});

test('which flavors are public is a word of Nova’s; no other widens the list', async () => {
  const found = async (query: string): Promise<unknown> => {
    const { status, rows, text } = await get(`compute/v2.1/flavors?${query}&limit=1`, 'flavors');
    return status === 200 ? rows.map(({ id }) => id) : text;
  };
  await rig.api.database.prisma.flavor.create({
    data: {
      ...{ flavorid: 'hidden', name: 'hidden', memoryMb: 999, vcpus: 1, rootGb: 4 },
      isPublic: false,
    },
  });
  for (const word of ['false', '0', 'F', 'no', 'None', 'none']) {
    expect(await found(`is_public=${word}&minRam=999`)).toEqual(['hidden']);
  }
  for (const word of ['true', '1', 'T', 'YES']) {
    expect(await found(`is_public=${word}&minRam=999`)).toEqual([]);
  }
  for (const query of ['is_public=foo', 'is_public=', 'is_public=constructor']) {
    expect(await found(query)).toMatch(/is_public: must be true, false or None/);
  }
  expect(await found('minRam=x')).toMatch(/minRam: must be a whole number from 0 on/);
  expect(await found('minDisk=-1')).toMatch(/minDisk: must be a whole number from 0 on/);
});

test.each([
  ['name=port-007', 1],
  ['name=port-007&name=port-008', 2],
  ['project_id=even', 30],
  ['tenant_id=odd&name=port-002', 0],
  ['status=DOWN&admin_state_up=True', many],
  ['status=ACTIVE', 0],
  ['network_id=nonsense', 0],
  ['device_id=', many],
  ['binding:vnic_type=baremetal', many],
  ['port_security_enabled=false', many],
  ['security_groups=x', 0],
  ['fixed_ips=ip_address%3D10.0.0.1', 0],
  ['description=', many],
])('ports are filtered before they are cut: %s', async (query, count) => {
  const pages = await whole(`network/v2.0/ports?${query}&limit=7`, 'ports');
  expect(pages.flatMap(({ rows }) => rows)).toHaveLength(count);
});

test('a member sees their own alone, a marker of others is none', async () => {
  const token = await addMember(rig.api, 'eve');
  const { prisma } = rig.api.database;
  const port = await prisma.port.findFirst();
  const server = await prisma.instance.findFirst();
  await prisma.flavor.create({
    data: { flavorid: 'f-secret', name: 's', memoryMb: 1, vcpus: 1, rootGb: 0, isPublic: false },
  });
  const image = await prisma.image.create({
    data: {
      ...{ id: randomUUID(), name: 'theirs', owner: 'p', status: 'active' },
      ...{ visibility: 'private', diskFormat: 'raw', containerFormat: 'bare' },
    },
  });
  const own = await request(`${rig.api.url}/network/v2.0/ports`, 'GET', { token });
  expect(own.body.ports).toEqual([]);
  for (const [path, marker] of [
    ['network/v2.0/ports', port?.id],
    ['compute/v2.1/servers', server?.uuid],
    ['compute/v2.1/os-keypairs', 'key-001'],
    ['compute/v2.1/flavors', 'f-secret'],
    ['image/v2/images', image.id],
  ]) {
    const at = `${rig.api.url}/${String(path)}?marker=${String(marker)}`;
    const { status, body } = await request(at, 'GET', { token });
    expect([path, status, JSON.stringify(body)]).toEqual([
      path,
      400,
      expect.stringContaining(`marker [${String(marker)}] not found`),
    ]);
  }
});

test('the link keeps what was asked for', async () => {
  const page = await get('compute/v2.1/servers?name=server&limit=2&all_tenants=1', 'servers');
  expect(page.next).toMatch(/^compute\/v2\.1\/servers\?name=server&limit=2&all_tenants=1&marker=/);
});

test('of events no more are shown than the longest page has', async () => {
  const server = await rig.api.database.prisma.instance.findFirst();
  const events = `metalcast/v1/events/${String(server?.uuid)}`;
  expect((await get(`${events}?limit=5000`, 'events')).status).toBe(200);
  const unfit = await get(`${events}?limit=0`, 'events');
  expect([unfit.status, unfit.text]).toEqual([400, expect.stringContaining('limit: must be')]);
});

test('server groups are counted off from any number on', async () => {
  for (const offset of ['0', '3000000000', '9'.repeat(30)]) {
    const groups = await rig.compute('GET', `os-server-groups?limit=2000&offset=${offset}`);
    expect(groups.status, messageIn(groups)).toBe(200);
  }
  const unfit = await rig.compute('GET', 'os-server-groups?offset=-1');
  expect([unfit.status, messageIn(unfit)]).toEqual([
    400,
    expect.stringMatching(/offset: must be a whole number from 0 on$/),
  ]);
});
