import { hostName } from '../fleet/host-state.js';
import type { HostFilter } from './filter.js';

/** Keeps isolated images on isolated hosts, and if so configured other images off them (Nova's IsolatedHostsFilter). */
export const isolatedHosts: HostFilter = {
  name: 'IsolatedHostsFilter',
  prepare({ image }, { settings }) {
    const hosts = new Set(settings.isolatedHosts);
    const isolated = image !== null && settings.isolatedImages.includes(image.id);
    return {
      node(host) {
        const own = hosts.has(hostName(host)) || hosts.has(host.uuid);
        if (isolated && !own) {
          return { reason: 'is no isolated host, which the image needs' };
        }
        return !isolated && own && settings.restrictIsolatedHostsToIsolatedImages
          ? { reason: 'is an isolated host, kept for isolated images' }
          : undefined;
      },
    };
  },
};
