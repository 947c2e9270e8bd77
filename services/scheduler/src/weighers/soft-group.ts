import { domainOf } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { NodeWeigher, NodeScale } from './weigher.js';

/** The user's soft policy outweighs the operator's general preferences. */
const multiplier = 10;

/** Nova's ServerGroupSoftAffinityWeigher: prefers nodes that share the group's scope with more of its servers. */
export const softAffinity: NodeWeigher = {
  name: 'ServerGroupSoftAffinityWeigher',
  defaultMultiplier: multiplier,
  prepare: (request) => neighbours(request, 'soft-affinity', 1),
};

/** Nova's ServerGroupSoftAntiAffinityWeigher: prefers nodes that share the group's scope with fewer of its servers. */
export const softAntiAffinity: NodeWeigher = {
  name: 'ServerGroupSoftAntiAffinityWeigher',
  defaultMultiplier: multiplier,
  prepare: (request) => neighbours(request, 'soft-anti-affinity', -1),
};

function neighbours(
  { group }: PlacementRequest,
  policy: string,
  sign: 1 | -1,
): NodeScale | undefined {
  if (group?.policy !== policy || group.members.length === 0) {
    return undefined;
  }
  const counts = new Map<string, number>();
  for (const member of group.members) {
    const domain = domainOf(member, group.scope);
    counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return { node: (host) => sign * (counts.get(domainOf(host, group.scope)) ?? 0) };
}
