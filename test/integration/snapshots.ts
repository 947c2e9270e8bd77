import { randomUUID } from 'node:crypto';
import type { FlavorSnapshot, ImageSnapshot } from '@metalcast/contracts';

/** A flavor that fits every node of a test. */
export const tinyFlavor: FlavorSnapshot = {
  flavorid: 'tiny',
  name: 'tiny',
  memory_mb: 512,
  vcpus: 1,
  root_gb: 4,
  ephemeral_gb: 0,
  swap: 0,
  extra_specs: {},
};

/** An image with only these conditions. */
export const anImage = (properties: ImageSnapshot['properties'] = {}): ImageSnapshot => ({
  id: randomUUID(),
  name: 'image',
  disk_format: 'raw',
  size: 1,
  virtual_size: 1,
  sha256: 'x',
  min_disk: 0,
  min_ram: 0,
  properties,
});
