import type { Flavor } from '@metalcast/db';
import type { FlavorWithSpecs } from '@metalcast/db/placement';
import type { Links } from '../../http/answers/links.js';

export const flavorLinks = (links: Links, id: string): object[] => [
  { rel: 'self', href: links.at('compute', 'v2.1', 'flavors', id) },
  { rel: 'bookmark', href: links.at('compute', 'flavors', id) },
];

export const flavorSummary = (links: Links, { flavorid, name }: Flavor): object => ({
  id: flavorid,
  name,
  links: flavorLinks(links, flavorid),
});

export const flavorView = (links: Links, flavor: Flavor): object => ({
  ...flavorSummary(links, flavor),
  ram: flavor.memoryMb,
  vcpus: flavor.vcpus,
  disk: flavor.rootGb,
  swap: flavor.swap === 0 ? '' : flavor.swap,
  rxtx_factor: flavor.rxtxFactor,
  'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeralGb,
  'OS-FLV-DISABLED:disabled': flavor.disabled,
  'os-flavor-access:is_public': flavor.isPublic,
});

export const specsOf = ({
  extraSpecs,
}: Pick<FlavorWithSpecs, 'extraSpecs'>): Record<string, string> =>
  Object.fromEntries(extraSpecs.map(({ key, value }) => [key, value]));
