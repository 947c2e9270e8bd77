import { hostName } from '../../fleet/host-state.js';
import type { RequestFilter } from '../filter.js';

/**
 * Keeps isolated images on isolated hosts and, if configured, other images off those hosts (Nova's
 * IsolatedHostsFilter).
 */
export const isolatedHosts: RequestFilter = {
  name: 'IsolatedHostsFilter',
  prepare({ image }, { settings }) {
    const hosts = new Set(settings.isolatedHosts);
    const isolated = image !== null && settings.isolatedImages.includes(image.id);
    return {
      node(host) {
        const own = hosts.has(hostName(host)) || hosts.has(host.uuid);
        if (isolated && !own) {
          return {
            reason: 'is not isolated, as the image requires',
            change: `add ${hostName(host)} to isolated_hosts`,
          };
        }
        return !isolated && own && settings.restrictIsolatedHostsToIsolatedImages
          ? {
              reason: 'is isolated, and kept for isolated images',
              change:
                'use one of the isolated images, or take the node and its host out of isolated_hosts',
            }
          : undefined;
      },
    };
  },
};
