import { scopeWords, locationInWords } from '../../filter-patterns/scope-words.js';
import { domainOf } from '../../fleet/host-state.js';
import type { PlacementRequest, RequestedGroup } from '../../request/placement-request.js';
import { passAll, type RequestFilter, type RequestJudges } from '../filter.js';

/**
 * Passes nodes that share the group's scope (rack, …) with none of its servers (Nova's GroupAntiAffinityFilter, which
 * is per host).
 */
export const groupAntiAffinity: RequestFilter = {
  name: 'GroupAntiAffinityFilter',
  prepare: (request) =>
    judges(request, 'anti-affinity', ({ name }, word) => ({
      reason: `shares its ${word} with a server of group ${name}`,
      change: 'use a group of policy soft-anti-affinity',
    })),
};

/**
 * Passes nodes that share the group's scope with its servers, and every node for the first server (Nova's
 * GroupAffinityFilter).
 */
export const groupAffinity: RequestFilter = {
  name: 'GroupAffinityFilter',
  prepare: (request) =>
    judges(request, 'affinity', ({ name }, word) => ({
      reason: `shares no ${word} with the servers of group ${name}`,
      change: 'use a group of policy soft-affinity',
    })),
};

function judges(
  { group }: PlacementRequest,
  policy: 'affinity' | 'anti-affinity',
  words: (group: RequestedGroup, word: string) => { reason: string; change: string },
): RequestJudges {
  if (group?.policy !== policy || group.members.length === 0) {
    return passAll;
  }
  const { scope, members } = group;
  const domains = new Set(members.map((member) => domainOf(member, scope)));
  const miss = words(group, scopeWords[scope]);
  return {
    node: (host) =>
      domains.has(domainOf(host, scope)) === (policy === 'affinity')
        ? undefined
        : { ...miss, detail: locationInWords(host, scope) },
  };
}
