import { z } from 'zod';
import { call, cast, defineTopic } from './contract.js';
import { int4 } from './integers.js';
import { schedulerHints } from './scheduler-hints.js';
import { flavorSnapshot, imageSnapshot } from './snapshots.js';

const attempted = z.tuple([z.string(), z.string().nullable()]);

/**
 * Nova's filter_properties: what narrows the choice beside the flavor and image; kept in `operations.filter_properties`. Other
 * entries are ignored.
 */
export const filterProperties = z.object({
  scheduler_hints: z.record(z.string(), z.unknown()).nullish(),
  force_hosts: z.array(z.string()).nullish(),
  force_nodes: z.array(z.string()).nullish(),
  ignore_hosts: z.array(z.string()).nullish(),
  /** [host, node] pairs on which it has failed. */
  retry: z.looseObject({ hosts: z.array(attempted).nullish() }).nullish(),
});

/** Nova keeps text; a caller's JSON may have lost that. */
const extraSpec = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
]);

/** Nova's request_spec. With instance_uuids alone, the rows say the rest. */
const requestSpec = z.looseObject({
  instance_uuids: z.array(z.uuid()).max(1000).nullish(),
  num_instances: z.int().min(1).max(1000).nullish(),
  instance_type: z
    .looseObject({
      flavorid: z.string().nullish(),
      name: z.string().nullish(),
      memory_mb: int4.nullish(),
      vcpus: int4.nullish(),
      root_gb: int4.nullish(),
      ephemeral_gb: int4.nullish(),
      swap: int4.nullish(),
      extra_specs: z.record(z.string(), extraSpec).nullish(),
    })
    .nullish(),
  image: z
    .looseObject({
      id: z.string().nullish(),
      properties: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
  instance_properties: z
    .looseObject({ project_id: z.string().nullish(), availability_zone: z.string().nullish() })
    .nullish(),
});
export type ForeignRequestSpec = z.output<typeof requestSpec>;
export type FilterProperties = z.output<typeof filterProperties>;

const nodeLabel = z.object({ uuid: z.string(), name: z.string().nullable() });

/** What one filter said of some nodes, in one sentence for all of them. */
const refusal = z.object({
  filter: z.string(),
  reason: z.string(),
  count: z.int(),
  /** A few of them. */
  nodes: z.array(nodeLabel),
  /** The one that came closest, and by how much it missed. */
  nearest: nodeLabel.extend({ detail: z.string() }).nullable(),
  /** What to change so that the nearest one fits. */
  change: z.string().nullable(),
});
export type Refusal = z.output<typeof refusal>;

const judgement = nodeLabel.extend({
  fits: z.boolean(),
  filter: z.string().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  /** Place among those that fit, from 1. */
  rank: z.int().nullable(),
  weight: z.number().nullable(),
  weights: z.record(z.string(), z.number()).nullable(),
});
export type Judgement = z.output<typeof judgement>;

/** What is asked of explain: a request as a user would make it, with snapshots of what it names. */
const question = z.object({
  flavor: flavorSnapshot,
  image: imageSnapshot.nullable(),
  project_id: z.string().nullable(),
  availability_zone: z.string().nullable(),
  forced_host: z.string().nullable(),
  forced_node: z.string().nullable(),
  hints: schedulerHints,
  /** Nodes that count as tried already (uuids). */
  tried: z.array(z.string()),
  /** uuid of the server whose request it is, which is no other member of its group. */
  server: z.string().nullable().default(null),
  /** What a foreign caller narrowed its choice by. */
  filter_properties: filterProperties.default({}),
});
export type Question = z.output<typeof question>;

const explanation = z.object({
  nodes: z.int(),
  fit: z.int(),
  /** For people: the answer in lines. */
  text: z.string(),
  refusals: z.array(refusal),
  /** A page of the nodes, those that fit first and by rank, then by id. */
  judgements: z.array(judgement),
  /** Where the next page begins, if there is one. */
  next: z.int().nullable(),
});
export type Explanation = z.output<typeof explanation>;

/** Nova's scheduler topic. Our own casts name only the instances: the rows hold the rest. */
export const scheduler = defineTopic({
  topic: 'scheduler',
  version: '2.10',
  methods: {
    /** Places each instance on a free node, or ends its build with the reasons. A repeat skips those placed. */
    runInstance: cast(
      '2.9',
      z.object({
        request_spec: requestSpec.extend({ instance_uuids: z.array(z.uuid()).min(1).max(1000) }),
        filter_properties: filterProperties.nullish(),
        /** Secrets that a foreign caller brings; they go into the row as ciphertext. */
        admin_password: z.string().nullish(),
        injected_files: z.array(z.unknown()).nullish(),
      }),
    ),
    /** Answers with as many nodes as are asked for and claims none. Faults NO_VALID_HOST, NOT_FOUND. */
    selectDestinations: call(
      '2.7',
      z.object({ request_spec: requestSpec, filter_properties: filterProperties.nullish() }),
      z.array(
        z.object({
          host: z.string(),
          nodename: z.string(),
          limits: z.record(z.string(), z.number()),
        }),
      ),
    ),
    /** Every node with the first filter that rejects it, or its weights; nothing is claimed. */
    explain: call(
      '2.10',
      z.object({
        question,
        /** Place in the list of judgements, from 0, and how many of them. */
        offset: int4,
        limit: z.int().min(0).max(1000),
      }),
      explanation,
    ),
  },
});
