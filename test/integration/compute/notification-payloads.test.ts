import type { Node } from '@metalcast/db';
import { afterEach, expect, test } from 'vitest';
import { tinyFlavor } from '../snapshots.js';
import { dataOf, refusing, unversioned, versioned } from './heard.js';
import { World } from './world.js';

let world: World;
afterEach(() => world.close());

async function open(): Promise<[Node, Node]> {
  world = await World.open();
  await world.network();
  return [await world.node('one'), await world.node('two')];
}

test('an unversioned create.end has the fields of 2013', async () => {
  const [{ uuid: node }] = await open();
  const properties = { architecture: 'x86_64', os_type: 'linux' };
  const { instance } = await world.server('web', properties);
  await world.settle();
  const { publisher_id: publisher, payload } = unversioned(world).at(-1)!;
  expect(publisher).toBe('compute.compute1');
  const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/) as string;
  expect(payload).toEqual({
    tenant_id: 'p1',
    user_id: 'u1',
    instance_id: instance.uuid,
    display_name: 'web',
    reservation_id: 'r-1',
    hostname: 'web',
    instance_type: 'tiny',
    instance_type_id: null,
    instance_flavor_id: 'tiny',
    architecture: 'x86_64',
    memory_mb: 512,
    disk_gb: 4,
    vcpus: 1,
    root_gb: 4,
    ephemeral_gb: 0,
    host: 'compute1',
    node,
    availability_zone: 'nova',
    cell_name: '',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/) as string,
    terminated_at: '',
    deleted_at: '',
    launched_at: stamp,
    image_ref_url: instance.imageRef,
    os_type: 'linux',
    kernel_id: '',
    ramdisk_id: '',
    state: 'active',
    state_description: '',
    progress: '',
    access_ip_v4: null,
    access_ip_v6: null,
    fixed_ips: [
      {
        address: '10.9.0.10',
        type: 'fixed',
        version: 4,
        meta: {},
        floating_ips: [],
        label: 'flat',
        vif_mac: '52:54:00:00:00:01',
      },
    ],
    image_meta: {
      ...properties,
      base_image_ref: instance.imageRef,
      disk_format: 'raw',
      container_format: 'bare',
      min_disk: '0',
      min_ram: '0',
    },
    image_name: 'image',
    metadata: {},
    message: 'Success',
  });
});

test('a versioned create.* is an InstanceCreatePayload 1.13', async () => {
  const [{ uuid: node }] = await open();
  const { prisma } = world.database;
  const key = { userId: 'u1', name: 'my-key', fingerprint: '1e:2c', publicKey: 'ssh-rsa AAAA' };
  await prisma.keyPair.create({ data: key });
  const { instance } = await world.server('web');
  await prisma.instance.update({
    where: { uuid: instance.uuid },
    data: { keyName: 'my-key', metadata: { colour: 'blue' } },
  });
  await world.settle();
  const [start, end] = versioned(world);
  expect(end!.publisher_id).toBe('nova-compute:compute1');
  expect(end!.payload).toMatchObject({
    'nova_object.name': 'InstanceCreatePayload',
    'nova_object.namespace': 'nova',
    'nova_object.version': '1.13',
  });
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
  const port = await prisma.port.findFirstOrThrow();
  expect(dataOf(end!)).toEqual({
    uuid: instance.uuid,
    user_id: 'u1',
    tenant_id: 'p1',
    reservation_id: 'r-1',
    display_name: 'web',
    display_description: 'web',
    host_name: 'web',
    host: 'compute1',
    node,
    os_type: null,
    architecture: null,
    availability_zone: 'nova',
    flavor: {
      'nova_object.name': 'FlavorPayload',
      'nova_object.namespace': 'nova',
      'nova_object.version': '1.4',
      'nova_object.data': {
        ...tinyFlavor,
        rxtx_factor: 1,
        vcpu_weight: 0,
        disabled: false,
        is_public: true,
        projects: null,
        description: null,
      },
    },
    image_uuid: instance.imageRef,
    key_name: 'my-key',
    kernel_id: '',
    ramdisk_id: '',
    created_at: time,
    launched_at: time,
    terminated_at: null,
    deleted_at: null,
    updated_at: time,
    state: 'active',
    power_state: 'running',
    task_state: null,
    progress: 0,
    ip_addresses: [
      {
        'nova_object.name': 'IpPayload',
        'nova_object.namespace': 'nova',
        'nova_object.version': '1.0',
        'nova_object.data': {
          label: 'flat',
          mac: '52:54:00:00:00:01',
          meta: {},
          port_uuid: port.id,
          version: 4,
          address: '10.9.0.10',
          device_name: null,
        },
      },
    ],
    block_devices: [],
    metadata: { colour: 'blue' },
    locked: false,
    locked_reason: null,
    auto_disk_config: 'MANUAL',
    shares: [],
    request_id: 'req-test',
    action_initiator_user: 'u1',
    action_initiator_project: 'p1',
    fault: null,
    keypairs: [
      {
        'nova_object.name': 'KeypairPayload',
        'nova_object.namespace': 'nova',
        'nova_object.version': '1.0',
        'nova_object.data': {
          user_id: 'u1',
          name: 'my-key',
          fingerprint: '1e:2c',
          public_key: 'ssh-rsa AAAA',
          type: 'ssh',
        },
      },
    ],
    tags: [],
    trusted_image_certificates: null,
    instance_name: `instance-${instance.id.toString(16).padStart(8, '0')}`,
  });
  expect(dataOf(start!)).toMatchObject({
    host: null,
    node: null,
    launched_at: null,
    ip_addresses: [],
    state: 'building',
    power_state: 'pending',
    task_state: null,
  });
});

test('a versioned create.error has the fault', async () => {
  const [bad] = await open();
  await world.server('web');
  await world.settle({ power: refusing(bad) });
  const failed = versioned(world).find(({ event_type: type }) => type === 'instance.create.error');
  expect(failed?.priority).toBe('ERROR');
  expect(dataOf(failed!)['fault']).toMatchObject({
    'nova_object.name': 'ExceptionPayload',
    'nova_object.version': '1.1',
    'nova_object.data': { exception: 'POWER_REFUSED', function_name: 'powerCycleToNetwork' },
  });
});
