import { z } from 'zod';
import { faultRecord } from './events/event.js';

/** `instances.flavor`: the flavor as it was when the server was asked for. */
export const flavorSnapshot = z.object({
  flavorid: z.string(),
  name: z.string(),
  memory_mb: z.int(),
  vcpus: z.int(),
  root_gb: z.int(),
  ephemeral_gb: z.int(),
  /** MiB */
  swap: z.int(),
  extra_specs: z.record(z.string(), z.string()),
});
export type FlavorSnapshot = z.output<typeof flavorSnapshot>;

interface FlavorRow {
  readonly flavorid: string;
  readonly name: string;
  readonly memoryMb: number;
  readonly vcpus: number;
  readonly rootGb: number;
  readonly ephemeralGb: number;
  readonly swap: number;
  readonly extraSpecs: readonly { readonly key: string; readonly value: string }[];
}

/** The flavor's row as a server keeps it. */
export const snapshotOfFlavor = (flavor: FlavorRow): FlavorSnapshot => ({
  flavorid: flavor.flavorid,
  name: flavor.name,
  memory_mb: flavor.memoryMb,
  vcpus: flavor.vcpus,
  root_gb: flavor.rootGb,
  ephemeral_gb: flavor.ephemeralGb,
  swap: flavor.swap,
  extra_specs: Object.fromEntries(flavor.extraSpecs.map(({ key, value }) => [key, value])),
});

/** `instances.image`: the image as it was when the server was asked for. Sizes in bytes. */
export const imageSnapshot = z.object({
  id: z.uuid(),
  name: z.string().nullable(),
  disk_format: z.string(),
  size: z.int(),
  /** Size of the disk that it holds. */
  virtual_size: z.int(),
  sha256: z.string(),
  /** GiB */
  min_disk: z.int(),
  /** MiB */
  min_ram: z.int(),
  properties: z.record(z.string(), z.unknown()),
});
export type ImageSnapshot = z.output<typeof imageSnapshot>;

/** An entry of `operations.nodes_tried`: what became of a build on one node. */
export const triedNode = z.object({
  /** uuid */
  node: z.string(),
  name: z.string().nullable(),
  host: z.string().nullable(),
  fault: faultRecord,
});
export type TriedNode = z.output<typeof triedNode>;
