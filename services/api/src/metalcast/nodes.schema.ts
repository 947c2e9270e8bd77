import { powerTarget } from '@metalcast/contracts';
import { z } from 'zod';
import { mac, size } from '../nodes/node.schema.js';

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
  port_no: z.int().nullish(),
  pxe: z.boolean().optional(),
});

const fields = {
  name: text
    .regex(/^(?!\d+$)[\w.-]+$/, 'letters, digits, dot, dash and underscore, not a number')
    .nullish(),
  service_host: text.nullish(),
  cpus: size,
  memory_mb: size,
  local_gb: size,
  cpu_arch: text.optional(),
  availability_zone: text.nullish(),
  resource_class: text.nullish(),
  maintenance: z.boolean().optional(),
  maintenance_reason: z.string().max(1000).nullish(),
  power: power.optional(),
};

export const enrolNode = z.object({
  node: z.strictObject({
    uuid: z.uuid().optional(),
    ...fields,
    interfaces: z.array(nic).max(64).default([]),
  }),
});

export const changeNode = z.object({ node: z.strictObject(fields).partial() });

export const setPower = z.strictObject({ target: powerTarget.exclude(['keep']) });

export const newInterface = z.object({ interface: nic });

export type NodeFields = z.output<typeof changeNode>['node'];
export type Nic = z.output<typeof nic>;
