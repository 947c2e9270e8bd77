import type { Links } from '../http/answers/links.js';
import { computeMinors, computeVersion } from '../http/routing/microversion.js';

const self = (href: string): object[] => [{ rel: 'self', href }];

export const identityVersion = (links: Links): object => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: self(links.root('identity', 'v3')),
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
});

export const computeVersionDocument = (links: Links): object => ({
  id: 'v2.1',
  status: 'CURRENT',
  version: computeVersion(computeMinors.max),
  min_version: computeVersion(computeMinors.min),
  updated: '2013-07-23T11:33:21Z',
  links: self(links.root('compute', 'v2.1')),
  'media-types': [
    { base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' },
  ],
});

export const imageVersions = (links: Links): object[] => [
  { id: 'v2.9', status: 'CURRENT', links: self(links.root('image', 'v2')) },
];

export const networkVersion = (links: Links): object => ({
  id: 'v2.0',
  status: 'CURRENT',
  links: self(links.root('network', 'v2.0')),
});

export const metalcastVersion = (links: Links): object => ({
  id: 'v1',
  status: 'CURRENT',
  links: self(links.root('metalcast', 'v1')),
});
