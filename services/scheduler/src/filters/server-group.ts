import { domainOf } from '../fleet/host-state.js';
import { passAll, type HostFilter } from './filter.js';
import { scopeWords, standing } from './near-servers.js';

/** Passes nodes that share the group's scope (rack, …) with none of its servers (Nova's GroupAntiAffinityFilter, there per host). */
export const groupAntiAffinity: HostFilter = {
  name: 'GroupAntiAffinityFilter',
  prepare({ group }) {
    if (group?.policy !== 'anti-affinity' || group.members.length === 0) {
      return passAll;
    }
    const { scope, members } = group;
    const domains = new Set(members.map((member) => domainOf(member, scope)));
    const word = scopeWords[scope];
    const reason = `shares its ${word} with a server of group ${group.name}`;
    return {
      node: (host) =>
        domains.has(domainOf(host, scope))
          ? {
              reason,
              detail: standing(host, scope),
              change: `free or enrol a node of another ${word}`,
            }
          : undefined,
    };
  },
};

/** Passes nodes that share the group's scope with its servers; any node for the first one (Nova's GroupAffinityFilter). */
export const groupAffinity: HostFilter = {
  name: 'GroupAffinityFilter',
  prepare({ group }) {
    if (group?.policy !== 'affinity' || group.members.length === 0) {
      return passAll;
    }
    const { scope, members } = group;
    const domains = new Set(members.map((member) => domainOf(member, scope)));
    const word = scopeWords[scope];
    const reason = `does not share the ${word} of group ${group.name}`;
    return {
      node: (host) =>
        domains.has(domainOf(host, scope))
          ? undefined
          : {
              reason,
              detail: standing(host, scope),
              change: `free or enrol a node of the same ${word}`,
            },
    };
  },
};
