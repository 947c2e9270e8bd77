/** How the servers of a group shall stand; the soft forms are wishes, the hard ones conditions. */
export const serverGroupPolicies = [
  'affinity',
  'anti-affinity',
  'soft-affinity',
  'soft-anti-affinity',
] as const;
export type ServerGroupPolicy = (typeof serverGroupPolicies)[number];

/** What servers share or keep apart. A node for which it is not set counts as one of its own. */
export const placementScopes = ['rack', 'power_feed', 'switch', 'host', 'node'] as const;
export type PlacementScope = (typeof placementScopes)[number];
