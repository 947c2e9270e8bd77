import { z } from 'zod';
import { faultRecord } from './events/event.js';
import { imageFacts } from './image-facts.js';
import { int4 } from './integers.js';

/** The part of `instances.flavor` that placement and deployment read. */
export const flavorSnapshot = z.object({
  flavorid: z.string(),
  name: z.string(),
  memory_mb: int4,
  vcpus: int4,
  root_gb: int4,
  ephemeral_gb: int4,
  /** MiB */
  swap: int4,
  extra_specs: z.record(z.string(), z.string()),
});
export type FlavorSnapshot = z.output<typeof flavorSnapshot>;

/** `instances.flavor`: the flavor at the time of the server's request. */
export const instanceFlavor = flavorSnapshot.extend({
  id: int4.nullable().default(null),
  description: z.string().nullable().default(null),
  rxtx_factor: z.number().default(1),
  is_public: z.boolean().default(true),
  disabled: z.boolean().default(false),
});
export type InstanceFlavor = z.output<typeof instanceFlavor>;

interface FlavorRow {
  readonly id: number;
  readonly flavorid: string;
  readonly name: string;
  readonly memoryMb: number;
  readonly vcpus: number;
  readonly rootGb: number;
  readonly ephemeralGb: number;
  readonly swap: number;
  readonly description: string | null;
  readonly rxtxFactor: number;
  readonly isPublic: boolean;
  readonly disabled: boolean;
  readonly extraSpecs: readonly { readonly key: string; readonly value: string }[];
}

/** The snapshot of a flavor's row that a server keeps. */
export const snapshotOfFlavor = (flavor: FlavorRow): InstanceFlavor => ({
  id: flavor.id,
  flavorid: flavor.flavorid,
  name: flavor.name,
  memory_mb: flavor.memoryMb,
  vcpus: flavor.vcpus,
  root_gb: flavor.rootGb,
  ephemeral_gb: flavor.ephemeralGb,
  swap: flavor.swap,
  description: flavor.description,
  rxtx_factor: flavor.rxtxFactor,
  is_public: flavor.isPublic,
  disabled: flavor.disabled,
  extra_specs: Object.fromEntries(flavor.extraSpecs.map(({ key, value }) => [key, value])),
});

/** `instances.image`: the image at the time of the server's request. Sizes in bytes. */
export const imageSnapshot = z.object({
  id: z.uuid(),
  name: z.string().nullable(),
  disk_format: z.string(),
  size: z.int().min(0),
  /** Size of the disk in the image. */
  virtual_size: z.int().min(0),
  sha256: z.string(),
  /** GiB */
  min_disk: int4,
  /** MiB */
  min_ram: int4,
  properties: z.record(z.string(), z.unknown()),
  /** Absent: nobody has looked into the image yet. */
  facts: imageFacts.optional(),
});
export type ImageSnapshot = z.output<typeof imageSnapshot>;

/** An entry of `operations.nodes_tried`: the result of a build on one node. */
export const triedNode = z.object({
  /** uuid */
  node: z.string(),
  name: z.string().nullable(),
  host: z.string().nullable(),
  fault: faultRecord,
});
export type TriedNode = z.output<typeof triedNode>;
