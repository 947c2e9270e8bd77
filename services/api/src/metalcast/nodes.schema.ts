import { diskHint, diskHints, powerTarget } from '@metalcast/contracts';
import { isUuid } from '@metalcast/domain';
import { z } from 'zod';
import { unsortedPageQuery } from '../http/page-query.js';
import { mac, maxInteger, size, zoneName } from '../nodes/node.schema.js';
import { capabilities, traits } from './node-properties.schema.js';

const text = z.string().trim().min(1).max(255);

const power = z.strictObject({
  driver: text.optional(),
  address: text.nullish(),
  user: z.string().max(255).nullish(),
  password: z.string().max(255).nullish(),
  options: z.record(z.string(), z.unknown()).optional(),
});

const nic = z.strictObject({
  address: mac,
  datapath_id: text.nullish(),
  port_no: z.int().min(0).max(maxInteger).nullish(),
  pxe: z.boolean().optional(),
});

const fields = {
  name: text
    .regex(/^(?!\d+$)[\w.-]+$/, 'letters, digits, dot, dash and underscore, not a number')
    .refine((name) => !isUuid(name), 'must not be a uuid, which would name another node')
    .nullish(),
  service_host: text.nullish(),
  cpus: size,
  memory_mb: size,
  local_gb: size,
  cpu_arch: text.optional(),
  availability_zone: zoneName.nullish(),
  resource_class: text.nullish(),
  rack: text.nullish(),
  power_feed: text.nullish(),
  switch: text.nullish(),
  traits: traits.optional(),
  capabilities: capabilities.optional(),
  root_device: diskHint.nullish(),
  keep_disks: diskHints.optional(),
  maintenance: z.boolean().optional(),
  maintenance_reason: z.string().max(1000).nullish(),
  quarantined: z.boolean().optional(),
  quarantine_reason: z.string().max(1000).nullish(),
  power: power.optional(),
};

export const newNode = z.strictObject({
  uuid: z.uuid().optional(),
  ...fields,
  interfaces: z.array(nic).max(64).default([]),
});
export type NewNodeFields = z.output<typeof newNode>;

export const enrolNode = z.object({ node: newNode });

/** Each is read for itself: a mistake in one keeps no other out. */
export const enrolNodes = z.strictObject({ nodes: z.array(z.unknown()).min(1) });

/** Failures are counted by compute; an operator only forgives them. */
const failures = z.literal(0, 'can only be set to 0').optional();

/** Noted by the deploy helpers; an operator only says that the disks are wiped, or gone. */
const dataOf = z.array(z.uuid()).max(0, 'can only be emptied').optional();

const changes = z.strictObject({ ...fields, failures, data_of: dataOf }).partial();

export const changeNode = z.object({ node: changes });

const which = z.string().min(1).max(255);

/** Nodes by uuid or name; the same change or another for each. */
export const changeNodes = z.strictObject({
  nodes: z.array(z.strictObject({ node: which, changes })).min(1),
});

export const removeNodes = z.strictObject({
  nodes: z.array(which).min(1),
});

export const listNodes = z.strictObject(unsortedPageQuery);

export const setPower = z.strictObject({ target: powerTarget.exclude(['keep']) });

export const newInterface = z.object({ interface: nic });

export type NodeFields = z.output<typeof changeNode>['node'];
export type Nic = z.output<typeof nic>;
