import { z } from 'zod';
import { call, cast, defineTopic } from './contract.js';
import { int4 } from '../integers.js';
import { schedulerHints } from './scheduler-hints.js';
import { flavorSnapshot, imageSnapshot } from '../snapshots.js';

const attempted = z.tuple([z.string(), z.string().nullable()]);

/**
 * Nova's filter_properties: restrict the choice in addition to flavor and image; stored in
 * `operations.filter_properties`. Other entries are ignored.
 */
export const filterProperties = z.object({
  scheduler_hints: z.record(z.string(), z.unknown()).nullish(),
  force_hosts: z.array(z.string()).nullish(),
  force_nodes: z.array(z.string()).nullish(),
  ignore_hosts: z.array(z.string()).nullish(),
  /** [host, node] pairs on which the build has failed. */
  retry: z.looseObject({ hosts: z.array(attempted).nullish() }).nullish(),
});

/** Nova stores text; a caller's JSON may have changed the type. */
const extraSpec = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
]);

/** Nova's request_spec. Only instance_uuids is needed: the rows contain the rest. */
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

/** What one filter says about some nodes, as one sentence for all of them. */
const refusal = z.object({
  filter: z.string(),
  reason: z.string(),
  count: z.int(),
  /** A few of them. */
  nodes: z.array(nodeLabel),
  /** The node that came closest, and what it misses. */
  nearest: nodeLabel.extend({ detail: z.string() }).nullable(),
  /** What to change so that the nearest node fits. */
  change: z.string().nullable(),
});
export type Refusal = z.output<typeof refusal>;

const judgement = nodeLabel.extend({
  fits: z.boolean(),
  filter: z.string().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  /** Rank among the nodes that fit, from 1. */
  rank: z.int().nullable(),
  weight: z.number().nullable(),
  weights: z.record(z.string(), z.number()).nullable(),
});
export type Judgement = z.output<typeof judgement>;

/** The question of explain: a request in a user's form, with snapshots of the flavor and image that it names. */
const question = z.object({
  flavor: flavorSnapshot,
  image: imageSnapshot.nullable(),
  config_drive: z.boolean().default(true),
  project_id: z.string().nullable(),
  availability_zone: z.string().nullable(),
  forced_host: z.string().nullable(),
  forced_node: z.string().nullable(),
  hints: schedulerHints,
  /** Nodes that count as tried already (uuids). */
  tried: z.array(z.string()),
  /** uuid of the server of the request: the server is not counted as another member of its group. */
  server: z.string().nullable().default(null),
  /** The restrictions of a foreign caller. */
  filter_properties: filterProperties.default({}),
});
export type Question = z.output<typeof question>;

const explanation = z.object({
  nodes: z.int(),
  fit: z.int(),
  /** The answer as text for people. */
  text: z.string(),
  refusals: z.array(refusal),
  /** A page of the nodes: first those that fit, by rank, then the others, by id. */
  judgements: z.array(judgement),
  /** Where the next page begins, if there is one. */
  next: z.int().nullable(),
});
export type Explanation = z.output<typeof explanation>;

/** Nova's scheduler topic. Metalcast's own casts contain only the instances: the rows contain the rest. */
export const scheduler = defineTopic({
  topic: 'scheduler',
  version: '2.10',
  methods: {
    /**
     * Places each instance on a free node, or ends its build with the reasons. Idempotent: placed instances are
     * skipped.
     */
    runInstance: cast(
      '2.9',
      z.object({
        request_spec: requestSpec.extend({ instance_uuids: z.array(z.uuid()).min(1).max(1000) }),
        filter_properties: filterProperties.nullish(),
        /** Secrets of a foreign caller; they are encrypted before they are stored. */
        admin_password: z.string().nullish(),
        injected_files: z.array(z.unknown()).nullish(),
      }),
    ),
    /** Returns as many nodes as requested and claims none. Faults NO_VALID_HOST, NOT_FOUND. */
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
        /** Number of judgements to skip. */
        offset: int4,
        /** Most judgements to return. */
        limit: z.int().min(0).max(1000),
      }),
      explanation,
    ),
  },
});
