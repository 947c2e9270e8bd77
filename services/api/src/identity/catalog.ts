import { createHash } from 'node:crypto';
import type { Links } from '../http/answers/links.js';

const services = [
  { type: 'identity', name: 'keystone', path: ['identity', 'v3'] },
  { type: 'compute', name: 'nova', path: ['compute', 'v2.1'] },
  { type: 'image', name: 'glance', path: ['image'] },
  { type: 'network', name: 'neutron', path: ['network'] },
  { type: 'metalcast', name: 'metalcast', path: ['metalcast', 'v1'] },
] as const;

const interfaces = ['public', 'internal', 'admin'] as const;

/** All APIs with their public URLs. The public, internal and admin interfaces have the same URL. */
export function catalogOf(links: Links, region: string): object[] {
  return services.map(({ type, name, path }) => ({
    id: idOf(type),
    type,
    name,
    endpoints: interfaces.map((of) => ({
      id: idOf(type, of),
      interface: of,
      region,
      region_id: region,
      url: links.at(...path),
    })),
  }));
}

/** The ids are constants, because the catalog is not stored. */
const idOf = (...names: readonly string[]): string =>
  createHash('sha256').update(names.join('/')).digest('hex').slice(0, 32);
