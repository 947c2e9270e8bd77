import type { RequestContext } from '@metalcast/contracts';
import type { KeyPair } from '@metalcast/db';
import type { NotifiedPort } from '@metalcast/db/notifications';
import { novaInstanceName, novaPowerStateName, type FaultRecord } from '@metalcast/domain';
import { imageProperty, type NotifiedInstance } from './notified-instance.js';

type Payload = Readonly<Record<string, unknown>>;

/** One of Nova's versioned objects in its wire form. */
const novaObject = (name: string, version: string, data: Payload): Payload => ({
  'nova_object.name': name,
  'nova_object.namespace': 'nova',
  'nova_object.version': version,
  'nova_object.data': data,
});

/** InstanceActionPayload 1.9 (spec 1.8). */
export const actionPayload = (
  notified: NotifiedInstance,
  ctx: RequestContext,
  fault: FaultRecord | undefined,
): Payload => novaObject('InstanceActionPayload', '1.9', actionData(notified, ctx, fault));

/** InstanceCreatePayload 1.13 (spec 1.8). */
export function createPayload(
  notified: NotifiedInstance,
  ctx: RequestContext,
  fault: FaultRecord | undefined,
): Payload {
  const { keyPair, instance } = notified;
  return novaObject('InstanceCreatePayload', '1.13', {
    ...actionData(notified, ctx, fault),
    keypairs: keyPair === null ? [] : [keyPairPayload(keyPair)],
    tags: [],
    trusted_image_certificates: null,
    instance_name: novaInstanceName(instance.id),
  });
}

/** ExceptionPayload 1.1. A fault's code stands for Python's class, its step for the function. */
const exceptionPayload = ({ code, message, phase }: FaultRecord): Payload =>
  novaObject('ExceptionPayload', '1.1', {
    exception: code,
    exception_message: message,
    module_name: 'metalcast.compute',
    function_name: phase ?? '',
    traceback: '',
  });

function actionData(
  notified: NotifiedInstance,
  ctx: RequestContext,
  fault: FaultRecord | undefined,
): Payload {
  const { instance, flavor, image, ports, zone } = notified;
  return {
    uuid: instance.uuid,
    user_id: instance.userId,
    tenant_id: instance.projectId,
    reservation_id: instance.reservationId,
    display_name: instance.displayName,
    display_description: instance.displayDescription ?? instance.displayName,
    host_name: instance.hostname,
    host: instance.host,
    node: instance.node,
    os_type: imageProperty(image, 'os_type'),
    architecture: imageProperty(image, 'architecture'),
    availability_zone: zone,
    flavor: flavorPayload(flavor),
    image_uuid: instance.imageRef,
    key_name: instance.keyName,
    kernel_id: instance.kernelId ?? '',
    ramdisk_id: instance.ramdiskId ?? '',
    created_at: isoTime(instance.createdAt),
    launched_at: isoTime(instance.launchedAt),
    terminated_at: isoTime(instance.terminatedAt),
    deleted_at: isoTime(instance.deletedAt),
    updated_at: isoTime(instance.updatedAt),
    state: instance.vmState,
    power_state: novaPowerStateName(instance.powerState),
    task_state: instance.taskState,
    progress: instance.progress,
    ip_addresses: ports.flatMap((port) => ipPayload(port) ?? []),
    block_devices: [],
    metadata: instance.metadata,
    locked: false,
    locked_reason: null,
    auto_disk_config: 'MANUAL',
    shares: [],
    request_id: ctx.requestId,
    action_initiator_user: ctx.userId ?? null,
    action_initiator_project: ctx.projectId ?? null,
    fault: fault === undefined ? null : exceptionPayload(fault),
  };
}

const flavorPayload = (flavor: NotifiedInstance['flavor']): Payload =>
  novaObject('FlavorPayload', '1.4', {
    flavorid: flavor.flavorid,
    name: flavor.name,
    memory_mb: flavor.memory_mb,
    vcpus: flavor.vcpus,
    root_gb: flavor.root_gb,
    ephemeral_gb: flavor.ephemeral_gb,
    swap: flavor.swap,
    rxtx_factor: flavor.rxtx_factor,
    vcpu_weight: 0,
    disabled: flavor.disabled,
    is_public: flavor.is_public,
    extra_specs: flavor.extra_specs,
    projects: null,
    description: flavor.description,
  });

function ipPayload({ id, ipAddress, macAddress, network }: NotifiedPort): Payload | undefined {
  return ipAddress === null
    ? undefined
    : novaObject('IpPayload', '1.0', {
        label: network.name,
        mac: macAddress,
        meta: {},
        port_uuid: id,
        version: 4,
        address: ipAddress,
        device_name: null,
      });
}

const keyPairPayload = (keyPair: KeyPair): Payload =>
  novaObject('KeypairPayload', '1.0', {
    user_id: keyPair.userId,
    name: keyPair.name,
    fingerprint: keyPair.fingerprint,
    public_key: keyPair.publicKey,
    type: keyPair.type,
  });

/** `2012-10-29T13:42:11Z` */
const isoTime = (at: Date | null): string | null =>
  at === null ? null : `${at.toISOString().slice(0, 19)}Z`;
