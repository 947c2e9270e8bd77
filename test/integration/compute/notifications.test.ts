import { randomUUID } from 'node:crypto';
import type { Node } from '@metalcast/db';
import { afterEach, expect, test } from 'vitest';
import { dataOf, refusing, types, unversioned, versioned } from './heard.js';
import { World } from './world.js';

let world: World;
afterEach(() => world.close());

async function open(overrides: Record<string, string> = {}): Promise<[Node, Node]> {
  world = await World.open(overrides);
  await world.network();
  return [await world.node('one'), await world.node('two')];
}

test('built on the second node: create.error for the first, then create.start and create.end', async () => {
  const [bad, good] = await open();
  const { instance } = await world.server('web');
  await world.settle({ power: refusing(bad) });

  const heard = unversioned(world);
  expect(types(heard)).toEqual([
    'compute.instance.create.start',
    'compute.instance.create.error',
    'compute.instance.create.start',
    'compute.instance.create.end',
  ]);
  expect(heard.map(({ queue, priority }) => [queue, priority])).toEqual([
    ['notifications.info', 'INFO'],
    ['notifications.error', 'ERROR'],
    ['notifications.info', 'INFO'],
    ['notifications.info', 'INFO'],
  ]);
  const [started, failed, restarted, ended] = heard.map(({ payload }) => payload);
  for (const start of [started, restarted]) {
    expect(start).toMatchObject({ instance_id: instance.uuid, state: 'building', message: '' });
    expect(start).toMatchObject({ host: null, node: null, launched_at: '', fixed_ips: [] });
  }
  expect(failed).toMatchObject({
    host: 'compute1',
    node: bad.uuid,
    exception: expect.stringMatching(/^POWER_REFUSED: /) as string,
    message: expect.stringContaining('refused') as string,
  });
  expect(ended).toMatchObject({ node: good.uuid, state: 'active', message: 'Success' });
  expect(types(versioned(world))).toEqual([
    'instance.create.start',
    'instance.create.error',
    'instance.create.start',
    'instance.create.end',
  ]);
});

test('a build that fails for good ends with create.error, its last node named', async () => {
  const [, second] = await open();
  await world.server('web');
  await world.settle({ power: (target) => (target === 'cycle' ? 'POWER_REFUSED' : undefined) });
  const last = unversioned(world).at(-1);
  expect(types(unversioned(world))).toEqual([
    'compute.instance.create.start',
    'compute.instance.create.error',
    'compute.instance.create.start',
    'compute.instance.create.error',
    'compute.instance.create.error',
  ]);
  expect(unversioned(world).at(-2)?.payload).toMatchObject({ node: second.uuid });
  expect(last?.payload).toMatchObject({
    node: null,
    exception: expect.stringMatching(/^NO_VALID_HOST: /) as string,
  });
});

test('a delete: shutdown within delete, the address told until it is free', async () => {
  await open();
  const { instance } = await world.server('web');
  await world.settle();
  world.notifications.length = 0;
  await world.delete(instance);
  await world.settle();
  expect(types(unversioned(world))).toEqual([
    'compute.instance.delete.start',
    'compute.instance.shutdown.start',
    'compute.instance.shutdown.end',
    'compute.instance.delete.end',
  ]);
  const seen = versioned(world).map(dataOf);
  expect(versioned(world)[0]?.payload).toMatchObject({
    'nova_object.name': 'InstanceActionPayload',
    'nova_object.version': '1.9',
  });
  expect(seen.map(({ state }) => state)).toEqual(['active', 'active', 'active', 'deleted']);
  expect(seen.map((each) => (each['ip_addresses'] as unknown[]).length)).toEqual([1, 1, 1, 0]);
  expect(seen.map(({ task_state: task }) => task)).toEqual([
    'deleting',
    'deleting',
    'deleting',
    null,
  ]);
  expect(seen.at(-1)?.['deleted_at']).not.toBeNull();
});

test('deleted while it is built: create.end says so, and the delete follows', async () => {
  await open();
  const { instance, operation } = await world.server('web');
  await world.settle({ ramdisk: () => 'silent' });
  await world.delete(instance);
  await world.engine.advance({ operation: operation.id });
  await world.settle();
  const [, end] = unversioned(world);
  expect(types(unversioned(world))).toEqual([
    'compute.instance.create.start',
    'compute.instance.create.end',
    'compute.instance.delete.start',
    'compute.instance.shutdown.start',
    'compute.instance.shutdown.end',
    'compute.instance.delete.end',
  ]);
  expect(end?.payload['message']).toBe('The server was deleted while it was built.');
});

test('woken twice at every step, each is said once', async () => {
  await open();
  await world.server('web');
  await world.settle({ wakes: 3 });
  expect(types(world.notifications)).toHaveLength(4);
  expect(new Set(types(world.notifications)).size).toBe(4);
});

test.each([
  ['none', []],
  ['unversioned', ['notifications.info', 'notifications.info']],
  ['versioned', ['versioned_notifications.info', 'versioned_notifications.info']],
])('notification_format %s', async (format, queues) => {
  await open({ METALCAST_NOTIFICATION_FORMAT: format });
  await world.server('web');
  await world.settle();
  expect(world.notifications.map(({ queue }) => queue)).toEqual(queues);
});

test('no secret of the server is in any', async () => {
  await open();
  const { instance } = await world.server('web');
  const secret = `v1:${randomUUID()}`;
  const data = { userData: secret, injectedFiles: secret, adminPass: secret };
  await world.database.prisma.instance.update({ where: { uuid: instance.uuid }, data });
  await world.settle();
  expect(world.notifications).toHaveLength(4);
  expect(JSON.stringify(world.notifications)).not.toContain(secret);
});
