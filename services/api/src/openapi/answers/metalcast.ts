import { power, powerTarget, scheduler } from '@metalcast/contracts';
import { faults, nodeStates, powerCommandStates, type FaultCode } from '@metalcast/domain';
import { z } from 'zod';
import { links, listOf, time } from './shared.js';

const codes = Object.keys(faults) as [FaultCode, ...FaultCode[]];

export const fault = z.object({
  code: z.enum(codes),
  status: z.int(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});

/** A fault as a row keeps it: its code, its message and what is known of it. */
const stored = z.looseObject({ code: z.string(), message: z.string() }).nullable();
const document = z.record(z.string(), z.unknown());

const nic = z.strictObject({
  id: z.int(),
  address: z.string(),
  datapath_id: z.string().nullable(),
  port_no: z.int().nullable(),
  pxe: z.boolean(),
  vif_uuid: z.uuid().nullable(),
});

const powerCommand = z.strictObject({
  key: z.string(),
  target: powerTarget,
  state: z.enum(powerCommandStates.states),
  fault: stored,
  created_at: time,
  finished_at: time.nullable(),
});

const node = z.strictObject({
  uuid: z.uuid(),
  name: z.string().nullable(),
  service_host: z.string().nullable(),
  cpus: z.int(),
  memory_mb: z.int(),
  local_gb: z.int(),
  cpu_arch: z.string(),
  availability_zone: z.string().nullable(),
  resource_class: z.string().nullable(),
  rack: z.string().nullable(),
  power_feed: z.string().nullable(),
  switch: z.string().nullable(),
  traits: z.array(z.string()),
  capabilities: document,
  root_device: document.nullable(),
  keep_disks: z.array(document),
  maintenance: z.boolean(),
  maintenance_reason: z.string().nullable(),
  quarantined: z.boolean(),
  quarantine_reason: z.string().nullable(),
  failures: z.int(),
  failed_at: time.nullable(),
  last_used_at: time.nullable(),
  data_of: z.array(z.uuid()),
  state: z.enum(nodeStates.states),
  epoch: z.int(),
  instance_uuid: z.uuid().nullable(),
  operation_id: z.uuid().nullable(),
  boot_mode: z.string(),
  boot_try: z.int().nullable(),
  fault: stored,
  power: z.strictObject({
    state: z.enum(['on', 'off', 'unknown']),
    observed_at: time.nullable(),
    reached: z.boolean(),
    fault: stored,
    driver: z.string(),
    address: z.string().nullable(),
    user: z.string().nullable(),
    options: document,
    last_command: powerCommand.nullable(),
  }),
  interfaces: z.array(nic),
  version: z.int(),
  created_at: time,
  updated_at: time,
});

export const nodes = {
  list: listOf('nodes', node),
  one: z.strictObject({ node }),
  enrolled: z.strictObject({
    created: z.int(),
    failed: z.int(),
    results: z.array(z.union([z.strictObject({ node }), z.strictObject({ error: fault })])),
  }),
  changed: z.strictObject({ nodes: z.array(node) }),
  removed: z.strictObject({
    removed: z.array(z.strictObject({ uuid: z.uuid(), name: z.string().nullable() })),
  }),
};

export const nodePower = power.methods.get.result;

export const powerRequested = z.strictObject({
  command: powerCommand.pick({ key: true, target: true }),
});

export const powerCommandEnd = z.strictObject({ command: powerCommand });

export const explanation = z.strictObject({ explanation: scheduler.methods.explain.result });

const step = z.strictObject({
  step: z.string(),
  attempt: z.int(),
  undo: z.boolean(),
  node: z.uuid().nullable(),
  started_at: time,
  finished_at: time.nullable(),
  result: z.string().nullable(),
  detail: z.unknown(),
});

const operation = z.strictObject({
  id: z.uuid(),
  kind: z.string(),
  state: z.string(),
  step: z.string(),
  undoing: z.boolean(),
  awaiting: z.string().nullable(),
  attempt: z.int(),
  nodes_tried: z.array(z.unknown()),
  deadline_at: time.nullable(),
  request_id: z.string(),
  fault: stored,
  created_at: time,
  finished_at: time.nullable(),
  steps: z.array(step),
  last_milestone: z.string().nullable(),
});

const event = z.strictObject({
  id: z.uuid(),
  type: z.string(),
  subject: z.string(),
  sequence: z.string().regex(/^\d+$/),
  epoch: z.int().nullable(),
  time,
  request_id: z.string().nullable(),
  data: document,
});

export const operations = z.strictObject({ operations: z.array(operation) });
export const events = z.strictObject({ events: z.array(event) });

export const versions = z.strictObject({
  versions: z.array(z.strictObject({ id: z.string(), status: z.literal('CURRENT'), links })),
});

export const apis = z.strictObject({
  apis: z.array(z.strictObject({ name: z.string(), href: z.string() })),
});

export const openApiDocuments = z.strictObject({
  documents: z.array(z.strictObject({ name: z.string(), href: z.string() })),
});

export const openApiDocument = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.looseObject({})),
});
