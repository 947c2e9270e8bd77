import type { FaultRecord } from '@metalcast/domain';
import type { Node } from '@metalcast/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from './world.js';

const phones = { metalcast_first_sign: 'phone_home' };

let world: World;
let nodes: Node[];
beforeAll(async () => {
  world = await World.open();
  await world.network();
  nodes = [await world.node('one'), await world.node('two')];
});
afterAll(() => world.close());

const nodeOf = async (instance: { uuid: string }): Promise<Node> =>
  world.database.prisma.node.findFirstOrThrow({ where: { instanceUuid: instance.uuid } });

const dhcp = async (node: Node): Promise<void> =>
  world.tell('bootLocalDhcp', node, { mac: '52:54:00:00:00:01', address: '10.9.0.10' });

const phone = async (node: Node, instance: { uuid: string }): Promise<void> =>
  world.tell('bootLocalPhoneHome', node, { instance_uuid: instance.uuid, address: '10.9.0.10' });

async function endDeleted(instance: Parameters<World['delete']>[0]): Promise<void> {
  await world.delete(instance);
  await world.settle();
}

test('an image that promises to phone home: a DHCP request is the first sign, but not the promised one', async () => {
  const { instance, operation } = await world.server('web1', phones);
  await world.settle();
  const waiting = { state: 'waiting', step: 'awaitFirstBoot', awaiting: 'first sign of life' };
  expect(await world.operation(operation.id)).toMatchObject(waiting);
  const node = await nodeOf(instance);
  await dhcp(node);
  expect(await world.operation(operation.id)).toMatchObject(waiting);
  await phone(node, instance);
  expect(await world.operation(operation.id)).toMatchObject({ state: 'succeeded' });
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active' });
  await endDeleted(instance);
});

test('a system that never phones home: the fault says what was awaited, another node gets its chance', async () => {
  const { instance, operation } = await world.server('web3', phones);
  await world.settle();
  const first = await nodeOf(instance);
  await dhcp(first);
  await world.heartbeats('boot');
  await world.passTime();
  await world.settle();
  const second = await nodeOf(instance);
  expect(new Set([first.id, second.id])).toEqual(new Set(nodes.map(({ id }) => id)));
  const [{ fault }] = (await world.operation(operation.id)).nodesTried as unknown as [
    { fault: FaultRecord },
  ];
  expect(fault).toMatchObject({
    code: 'FIRST_BOOT_SILENT',
    details: { node: first.uuid, sign: 'phone_home' },
  });
  expect(fault.message).toContain('(phone_home)');
  // The node that was given up is in another epoch: what it says now is not this server's.
  await phone(first, instance);
  expect((await world.operation(operation.id)).state).toBe('waiting');
  await phone(second, instance);
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'active',
    node: second.uuid,
  });
  await endDeleted(instance);
});
