// More nodes than PostgreSQL takes parameters in one statement (32,767).
import { openSession } from '@metalcast/cloud-client';
import { nodesOfBuckets } from '@metalcast/db/power';
import { freePort } from '@metalcast/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listNodes } from '../../../cli/src/api/nodes.js';
import { adminPassword, request, startApiProcess, type ApiProcess } from './api-process.js';

const count = 33_000;
const used = 100;
const timeoutMs = 120_000;

let api: ApiProcess;
beforeAll(async () => {
  api = await startApiProcess({ port: await freePort() });
  const { prisma } = api.database;
  await prisma.$executeRaw`
    INSERT INTO nodes (uuid, cpus, memory_mb, local_gb, service_host, instance_uuid)
    SELECT gen_random_uuid(), 2, 1024, 10, 'h', CASE WHEN n <= ${used} THEN gen_random_uuid() END
      FROM generate_series(1, ${count}::int) n`;
  await prisma.$executeRaw`
    INSERT INTO interfaces (node_id, address)
    SELECT id, '52:54:' || regexp_replace(lpad(to_hex(id), 8, '0'), '(..)(..)(..)(..)', '\\1:\\2:\\3:\\4') FROM nodes`;
}, timeoutMs);
afterAll(() => api.close());

/** Lists of Nova number their nodes, our own has their uuids. */
interface Listed {
  readonly id?: number;
  readonly uuid?: string;
  readonly interfaces?: readonly { readonly address: string }[];
}
interface Link {
  readonly rel: string;
  readonly href: string;
}

/** One answer, with what it lists and the link to the next page. */
async function get(
  path: string,
  key: string,
  version?: string,
): Promise<{ status: number; listed: Listed[]; next: string | undefined }> {
  const url = path.startsWith('http') ? path : `${api.url}/${path}`;
  const headers = version === undefined ? {} : { 'openstack-api-version': `compute ${version}` };
  const { status, body } = await request(url, 'GET', { token: api.admin, headers });
  const answer = body as unknown as Record<string, unknown>;
  const links = (answer[`${key}_links`] ?? []) as Link[];
  const href = links.find(({ rel }) => rel === 'next')?.href;
  // The api tells its public URL; the test knows where it listens.
  const next = href === undefined ? undefined : `${new URL(href).pathname}${new URL(href).search}`;
  return { status, listed: (answer[key] ?? []) as Listed[], next: next?.slice(1) };
}

const isWhole = (listed: readonly Listed[]): void => {
  expect(new Set(listed.map(({ uuid, id }) => uuid ?? id)).size).toBe(count);
  expect(listed).toHaveLength(count);
};

test.each([
  ['compute/v2.1/os-baremetal-nodes', 'nodes'],
  ['compute/v2.1/os-hypervisors', 'hypervisors'],
  ['compute/v2.1/os-hypervisors/detail', 'hypervisors'],
  ['compute/v2.1/os-hypervisors/-/servers', 'hypervisors'],
])(
  '%s lists them all',
  async (path, key) => {
    const { status, listed } = await get(path, key);
    expect(status).toBe(200);
    isWhole(listed);
    if (key === 'nodes') {
      expect(listed.every(({ interfaces }) => interfaces?.length === 1)).toBe(true);
    }
  },
  timeoutMs,
);

test.each([
  ['metalcast/v1/nodes?limit=5000', 'nodes', 1000],
  ['compute/v2.1/os-hypervisors/detail?limit=700', 'hypervisors', 700],
])(
  '%s lists them all in pages',
  async (path, key, size) => {
    const all: Listed[] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const page = await get(next, key, '2.33');
      expect(page.status).toBe(200);
      expect(page.listed.length).toBe(page.next === undefined ? count % size || size : size);
      all.push(...page.listed);
      ({ next } = page);
    }
    isWhole(all);
  },
  timeoutMs,
);

test('a page goes on after a node that was removed, not after one that never was', async () => {
  const first = await get('metalcast/v1/nodes?limit=2', 'nodes');
  const last = (first.listed.at(-1) as unknown as { uuid: string }).uuid;
  const row = { where: { uuid: last } };
  await api.database.prisma.node.update({ ...row, data: { deletedAt: new Date() } });
  const second = await get(first.next ?? '', 'nodes');
  expect(second.listed).toHaveLength(2);
  await api.database.prisma.node.update({ ...row, data: { deletedAt: null } });
  for (const marker of ['nobody', '0', '00000000-0000-4000-8000-000000000000']) {
    expect((await get(`metalcast/v1/nodes?marker=${marker}`, 'nodes')).status).toBe(400);
  }
  expect((await get('compute/v2.1/os-hypervisors?marker=99999999', 'x', '2.33')).status).toBe(400);
  expect((await get('metalcast/v1/nodes?limit=0', 'nodes')).status).toBe(400);
});

test('statistics are the sums', async () => {
  const url = `${api.url}/compute/v2.1/os-hypervisors/statistics`;
  const { body } = await request(url, 'GET', { token: api.admin });
  expect(body).toEqual({
    hypervisor_statistics: {
      ...{ count, vcpus: 2 * count, memory_mb: 1024 * count, local_gb: 10 * count },
      ...{ vcpus_used: 2 * used, memory_mb_used: 1024 * used, local_gb_used: 10 * used },
      ...{ free_ram_mb: 1024 * (count - used), free_disk_gb: 10 * (count - used) },
      ...{ current_workload: 0, running_vms: used, disk_available_least: 0 },
    },
  });
});

test('a search finds one, or says that there is none', async () => {
  const node = await api.database.prisma.node.findFirstOrThrow({ orderBy: { id: 'desc' } });
  const path = `compute/v2.1/os-hypervisors/${node.uuid.toUpperCase()}/search`;
  expect((await get(path, 'hypervisors')).listed).toMatchObject([{ id: node.id }]);
  expect((await get('compute/v2.1/os-hypervisors/%25/search', 'hypervisors')).status).toBe(404);
});

test('the power sync reads its share, were it the whole fleet', async () => {
  const bucket = await nodesOfBuckets(api.database, [0], 1);
  expect(bucket).toHaveLength(count);
  expect(bucket[0]).toMatchObject({ powerDriver: 'ipmi', bmcEndpoints: [] });
  const { powerState, powerFault, powerVersion, ...row } = bucket[0]!;
  expect({ powerState, powerFault, powerVersion }).toEqual({
    ...{ powerState: 0, powerFault: null, powerVersion: 0 },
  });
  const one = await api.database.prisma.node.findUniqueOrThrow({ where: { id: row.id } });
  expect(one).toMatchObject(row);
});

test(
  'the command line lists them all',
  async () => {
    const account = { user: 'admin', password: adminPassword, project: 'admin' };
    const session = await openSession({ authUrl: `${api.url}/identity/v3`, ...account });
    expect(await listNodes(session)).toHaveLength(count);
  },
  timeoutMs,
);

test(
  'others are served while lists are made',
  async () => {
    let lists = 1;
    const listing = Array.from({ length: lists }, () =>
      get('compute/v2.1/os-hypervisors/detail', 'hypervisors').finally(() => (lists -= 1)),
    );
    let served = 0;
    while (lists > 0) {
      await request(`${api.url}/compute/v2.1/os-hypervisors/1`, 'GET', { token: api.admin });
      served += lists > 0 ? 1 : 0;
    }
    await Promise.all(listing);
    expect(served).toBeGreaterThan(3);
  },
  timeoutMs,
);
