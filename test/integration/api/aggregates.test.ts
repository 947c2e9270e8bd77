import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, type Answer } from './api-process.js';
import { addComputeHost, messageIn, seenIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;

beforeAll(async () => {
  rig = await startServerRig();
  await addComputeHost(rig.api, 'h1');
});
afterAll(() => rig.close());

const path = (id: unknown, tail = ''): string => `os-aggregates/${String(id)}${tail}`;
const act = (id: unknown, action: object): Promise<Answer> =>
  rig.compute('POST', path(id, '/action'), action);
const addHost = (id: unknown, host: string) => act(id, { add_host: { host } });
const removeHost = (id: unknown, host: string) => act(id, { remove_host: { host } });
const setMetadata = (id: unknown, metadata: object) => act(id, { set_metadata: { metadata } });

let made = 0;
async function make(zone?: string | null): Promise<number> {
  made += 1;
  const aggregate = {
    name: `a${String(made)}`,
    ...(zone === undefined ? {} : { availability_zone: zone }),
  };
  const { id } = seenIn(await rig.compute('POST', 'os-aggregates', { aggregate }), 'aggregate');
  return Number(id);
}

const versionOf = async (uuid: string): Promise<number> =>
  (await rig.api.database.prisma.node.findUniqueOrThrow({ where: { uuid } })).version;

const eventsOf = async (id: number): Promise<unknown[]> => {
  const { uuid } = seenIn(
    await rig.compute('GET', path(id), undefined, { minor: 41 }),
    'aggregate',
  );
  const events = await rig.api.database.prisma.event.findMany({
    where: { subject: String(uuid), type: 'aggregate.changed' },
    orderBy: { n: 'asc' },
  });
  return events.map(({ data }) => data);
};

test('made with a zone, listed, shown, renamed, moved and deleted', async () => {
  const aggregate = { name: 'fast', availability_zone: 'az1' };
  const created = await rig.compute('POST', 'os-aggregates', { aggregate });
  expect(created.status).toBe(200);
  const { id, ...shown } = seenIn(created, 'aggregate');
  expect(shown).toMatchObject({
    ...{ name: 'fast', availability_zone: 'az1', deleted: false, deleted_at: null },
  });
  expect(shown['created_at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{6}$/);
  expect((await rig.compute('GET', 'os-aggregates')).body).toMatchObject({
    aggregates: [{ id, name: 'fast' }],
  });
  const change = { name: 'faster', availability_zone: 'az2' };
  const renamed = await rig.compute('PUT', path(id), { aggregate: change });
  expect(seenIn(renamed, 'aggregate')).toMatchObject(change);
  const out = await rig.compute('PUT', path(id), { aggregate: { availability_zone: null } });
  expect(seenIn(out, 'aggregate')).toMatchObject({ availability_zone: null, metadata: {} });
  const deleted = await rig.compute('DELETE', path(id));
  expect([deleted.status, deleted.body]).toEqual([200, {}]);
  const gone = await rig.compute('GET', path(id), undefined, { minor: 41 });
  expect([gone.status, messageIn(gone)]).toEqual([404, `Aggregate ${id} could not be found.`]);
});

test('metadata is merged, null removes', async () => {
  const id = await make('az1');
  await setMetadata(id, { ssd: 'true', gpu: 'no' });
  const { metadata, availability_zone: zone } = seenIn(
    await setMetadata(id, { gpu: null, ssd: 'yes', nothing: null }),
    'aggregate',
  );
  expect([metadata, zone]).toEqual([{ availability_zone: 'az1', ssd: 'yes' }, 'az1']);
  expect(seenIn(await setMetadata(id, { availability_zone: null }), 'aggregate')).toMatchObject({
    availability_zone: null,
    metadata: { ssd: 'yes' },
  });
});

test('members are compute hosts and nodes; each change touches their rows and is one event', async () => {
  const own = await rig.enrol({ name: 'own' });
  const hosted = await rig.enrol({ service_host: 'h2' });
  const stranger = await rig.enrol();
  const [before, strangers] = [await versionOf(hosted), await versionOf(stranger)];
  const id = await make();
  expect(seenIn(await addHost(id, 'h1'), 'aggregate')).toMatchObject({ hosts: ['h1'] });
  await addHost(id, 'h2');
  const full = seenIn(await addHost(id, 'own'), 'aggregate');
  expect((full['hosts'] as string[]).toSorted()).toEqual(['h1', 'h2', own].toSorted());
  expect(await versionOf(hosted)).toBe(before + 2);
  expect(await versionOf(own)).toBe(2);
  await setMetadata(id, { a: 'b' });
  expect(await versionOf(own)).toBe(3);
  await removeHost(id, 'own');
  expect(await versionOf(own)).toBe(4);
  expect(await versionOf(hosted)).toBe(before + 4);
  expect(await versionOf(stranger)).toBe(strangers);
  const name = `a${String(made)}`;
  expect(await eventsOf(id)).toEqual([0, 0, 1, 2, 2, 2].map((nodes) => ({ name, nodes })));
  const again = await removeHost(id, own);
  expect([again.status, messageIn(again)]).toEqual([
    404,
    `Aggregate ${String(id)} has no host ${own}.`,
  ]);
});

test('what is refused leaves nothing behind', async () => {
  const id = await make();
  const node = await rig.enrol();
  await addHost(id, node);
  const [version, events] = [await versionOf(node), await eventsOf(id)];
  const twice = await addHost(id, node);
  expect([twice.status, messageIn(twice)]).toEqual([
    409,
    `Aggregate ${String(id)} already has host ${node}.`,
  ]);
  const full = await rig.compute('DELETE', path(id));
  expect([full.status, messageIn(full)]).toEqual([
    400,
    `Cannot delete aggregate ${String(id)}. Reason: Host aggregate is not empty.`,
  ]);
  const nobody = await addHost(id, 'h9');
  expect([nobody.status, messageIn(nobody)]).toEqual([404, 'Compute host h9 could not be found.']);
  const named = await rig.compute('POST', 'os-aggregates', {
    aggregate: { name: `a${String(made)}` },
  });
  expect([named.status, messageIn(named)]).toEqual([
    409,
    `Aggregate a${String(made)} already exists.`,
  ]);
  expect([await versionOf(node), await eventsOf(id)]).toEqual([version, events]);
});

test('nobody is in two zones, by whichever change', async () => {
  const node = await rig.enrol({ service_host: 'h1' });
  const [one, two] = [await make('one'), await make('two')];
  await addHost(one, 'h1');
  for (const host of ['h1', node]) {
    const refused = await addHost(two, host);
    expect(refused.status).toBe(409);
    expect(messageIn(refused)).toBe(
      `Cannot add host to aggregate ${String(two)}. Reason: One or more hosts already in availability zone(s): ${host} would be in one and two.`,
    );
  }
  const none = await make();
  await addHost(none, node);
  expect((await setMetadata(none, { availability_zone: 'two' })).status).toBe(409);
  const zone = { aggregate: { availability_zone: 'two' } };
  expect((await rig.compute('PUT', path(none), zone)).status).toBe(409);
  expect((await setMetadata(none, { availability_zone: 'one' })).status).toBe(200);

  const other = await rig.enrol({ service_host: 'h3' });
  await addHost(two, other);
  const url = `${rig.api.url}/metalcast/v1/nodes/${other}`;
  const moved = await fetch(url, {
    method: 'PATCH',
    headers: { 'x-auth-token': rig.api.admin, 'content-type': 'application/json' },
    body: JSON.stringify({ node: { service_host: 'h1' } }),
  });
  expect(moved.status).toBe(409);
  expect(await moved.text()).toContain('zones one and two by its aggregates');
});

test('of two zones asked for at the same time a host gets one', async () => {
  await addComputeHost(rig.api, 'torn');
  const ids = await Promise.all(['x', 'y', 'z'].map((zone) => make(zone)));
  const answers = await Promise.all(ids.map((id) => addHost(id, 'torn')));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test('a node that is removed leaves its aggregates', async () => {
  const node = await rig.enrol();
  const id = await make();
  await addHost(id, node);
  await fetch(`${rig.api.url}/metalcast/v1/nodes/${node}`, {
    method: 'DELETE',
    headers: { 'x-auth-token': rig.api.admin },
  });
  expect(
    seenIn(await rig.compute('GET', path(id), undefined, { minor: 41 }), 'aggregate'),
  ).toMatchObject({ hosts: [] });
  expect((await addHost(id, node)).status).toBe(404);
});

test.each<[string, string, string, object]>([
  ['no name', 'POST', 'os-aggregates', { aggregate: {} }],
  ['a blank name', 'POST', 'os-aggregates', { aggregate: { name: ' ' } }],
  [
    'a zone with a colon',
    'POST',
    'os-aggregates',
    { aggregate: { name: 'x', availability_zone: 'a:b' } },
  ],
  ['an empty zone', 'POST', 'os-aggregates', { aggregate: { name: 'x', availability_zone: '' } }],
  ['what nobody knows', 'POST', 'os-aggregates', { aggregate: { name: 'x', color: 'red' } }],
  ['no action', 'POST', 'os-aggregates/1/action', {}],
  [
    'two actions',
    'POST',
    'os-aggregates/1/action',
    { add_host: { host: 'h1' }, remove_host: { host: 'h1' } },
  ],
  ['no host', 'POST', 'os-aggregates/1/action', { add_host: {} }],
  ['a number as value', 'POST', 'os-aggregates/1/action', { set_metadata: { metadata: { a: 1 } } }],
  [
    'a strange key',
    'POST',
    'os-aggregates/1/action',
    { set_metadata: { metadata: { 'a/b': 'x' } } },
  ],
  [
    'a zone with a colon as metadata',
    'POST',
    'os-aggregates/1/action',
    { set_metadata: { metadata: { availability_zone: 'a:b' } } },
  ],
  ['no change', 'PUT', 'os-aggregates/1', { aggregate: {} }],
])('%s is a 400', async (_, method, where, body) => {
  expect((await rig.compute(method, where, body)).status).toBe(400);
});

test('aggregates are for administrators; an id is a number', async () => {
  const token = await addMember(rig.api, 'bob');
  const refused = await rig.compute('GET', 'os-aggregates', undefined, { token });
  expect([refused.status, messageIn(refused)]).toEqual([
    403,
    "Policy doesn't allow os_compute_api:os-aggregates to be performed.",
  ]);
  for (const id of ['fast', '999', '99999999999']) {
    expect((await rig.compute('GET', path(id), undefined, { minor: 41 })).status).toBe(404);
  }
});
