import type { Image } from '@metalcast/db';
import type { Links } from '../../http/answers/links.js';
import { openstackTime } from '../../http/answers/openstack-time.js';
import { factsView } from './facts.view.js';

/** An image as the image API v2 shows it. */
export const imageView = (links: Links, image: Image): object => ({
  ...(image.properties as Record<string, string>),
  ...factsView(image),
  name: image.name,
  disk_format: image.diskFormat,
  container_format: image.containerFormat,
  visibility: image.visibility,
  size: numberOrNull(image.size),
  virtual_size: numberOrNull(image.virtualSize),
  status: image.status,
  checksum: image.checksum,
  protected: image.protected,
  min_ram: image.minRam,
  min_disk: image.minDisk,
  owner: image.owner,
  os_hidden: false,
  os_hash_algo: image.sha256 === null ? null : 'sha256',
  os_hash_value: image.sha256,
  id: image.id,
  created_at: openstackTime(image.createdAt),
  updated_at: openstackTime(image.updatedAt),
  tags: image.tags,
  self: links.image('images', image.id),
  file: links.image('images', image.id, 'file'),
  schema: links.image('schemas', 'image'),
});

const numberOrNull = (value: bigint | null): number | null =>
  value === null ? null : Number(value);
