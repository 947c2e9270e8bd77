import { z } from 'zod';
import { defineEvents, faultRecord } from './event.js';

const observed = z.enum(['on', 'off', 'unknown']);

/** Subject: the node's uuid. Events of a boot are its milestones and carry the node's epoch. */
export const nodeEvents = defineEvents({
  nodeEnrolled: {
    type: 'node.enrolled',
    description: 'A node was enrolled.',
    data: z.object({ name: z.string().nullable() }),
  },
  nodeChanged: {
    type: 'node.changed',
    description: "An operator changed the node's enrolment: the fields that the request named.",
    data: z.object({ fields: z.array(z.string()) }),
  },
  nodeRemoved: {
    type: 'node.removed',
    description: 'A node was removed.',
    data: z.object({ name: z.string().nullable() }),
  },
  nodeState: {
    type: 'node.state',
    description: "The node's task_state changed.",
    data: z.object({ from: z.string(), to: z.string(), instance_uuid: z.string().nullable() }),
  },
  nodeQuarantined: {
    type: 'node.quarantined',
    description: 'Too many builds failed on the node in a row: no further one is sent there.',
    data: z.object({ reason: z.string(), failures: z.int() }),
  },
  nodeUnwiped: {
    type: 'node.unwiped',
    description:
      'The node is free, and its disks still hold the data of these servers, until the next deploy empties them.',
    data: z.object({ instance_uuids: z.array(z.string()) }),
  },
  powerChanged: {
    type: 'node.power.changed',
    description:
      'A power command ended, though nothing changed, or the sync saw another power state. `switched_on`: the command switched the power on, confirmed by reading back.',
    data: z.object({
      from: observed,
      to: observed,
      by: z.enum(['command', 'sync']),
      key: z.string().optional(),
      switched_on: z.boolean().optional(),
    }),
  },
  powerFailed: {
    type: 'node.power.failed',
    description: 'A power command failed.',
    data: z.object({ key: z.string(), fault: faultRecord }),
  },
  bootPrepared: {
    type: 'boot.prepared',
    description: "DHCP and boot configuration agree with the node's row.",
    data: z.object({ boot_mode: z.string() }),
  },
  bootFailed: {
    type: 'boot.failed',
    description: 'The network boot of the node could not be prepared.',
    data: z.object({ fault: faultRecord }),
  },
  bootForeignDhcp: {
    type: 'boot.foreign_dhcp',
    description: "The node took another DHCP server's offer.",
    // Absent in events of former releases.
    data: z.object({ mac: z.string(), address: z.string().optional() }),
  },
  bootOtherCard: {
    type: 'boot.other_card',
    description:
      'A card of the node asked for an address to boot, and DHCP has one only for its card `served`.',
    data: z.object({ mac: z.string(), served: z.string().nullable() }),
  },
  bootUnsupportedFirmware: {
    type: 'boot.unsupported_firmware',
    description:
      'The firmware of the node asked for a boot loader, and there is none for its type.',
    data: z.object({ mac: z.string(), firmware: z.string() }),
  },
  bootDhcp: {
    type: 'boot.dhcp',
    description: 'The node asked for an address during its deploy boot.',
    data: z.object({ mac: z.string() }),
  },
  bootScript: {
    type: 'boot.script',
    description: 'The node fetched its boot configuration.',
    data: z.object({
      mac: z.string(),
      loader: z.enum(['ipxe', 'pxelinux']),
      mode: z.string(),
      boot_try: z.int(),
    }),
  },
  bootKernel: {
    type: 'boot.kernel',
    description: 'The node fetched the deploy kernel.',
    data: z.object({ mac: z.string() }),
  },
  bootRamdisk: {
    type: 'boot.ramdisk',
    description: 'The node fetched the deploy ramdisk.',
    data: z.object({ mac: z.string() }),
  },
  bootLoop: {
    type: 'boot.loop',
    description: 'The node asked too often for its deploy boot and was refused.',
    data: z.object({ mac: z.string(), tries: z.int() }),
  },
  bootLocalDhcp: {
    type: 'boot.local.dhcp',
    description: 'The installed system asked for an address.',
    data: z.object({ mac: z.string(), address: z.string().nullable() }),
  },
  bootLocalPhoneHome: {
    type: 'boot.local.phone_home',
    description: 'The installed system phoned home.',
    data: z.object({ instance_uuid: z.string(), address: z.string() }),
  },
  agentHello: {
    type: 'agent.hello',
    description: 'The deploy ramdisk reported to a helper.',
    data: z.object({ helper: z.string(), disk: z.string().nullable(), disk_bytes: z.number() }),
  },
  agentError: {
    type: 'agent.error',
    description: 'The deploy ramdisk reported an error.',
    data: z.object({ error: z.string() }),
  },
  agentLeaving: {
    type: 'agent.leaving',
    description: 'The deploy ramdisk confirmed that it restarts.',
    // Why UEFI firmware's boot order has no entry for the disk; absent when it has one, and on BIOS machines.
    data: z.object({ evidence: z.array(z.string()).optional() }),
  },
  deployStarted: {
    type: 'deploy.started',
    description: 'A helper took the deployment.',
    data: z.object({ helper: z.string(), attempt: z.int() }),
  },
  deployProgress: {
    type: 'deploy.progress',
    description: 'Bytes of the image are on the disk.',
    data: z.object({
      attempt: z.int(),
      bytes_done: z.number(),
      total: z.number(),
      phase: z.string(),
    }),
  },
  deployVerified: {
    type: 'deploy.verified',
    description: 'The image is written and was read back by the node.',
    data: z.object({ attempt: z.int(), verified_bytes: z.number(), whole: z.boolean() }),
  },
  deployFailed: {
    type: 'deploy.failed',
    description: 'The deployment failed.',
    data: z.object({ fault: faultRecord }),
  },
});
