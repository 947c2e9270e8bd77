/** How to place the servers of a group; the soft forms are preferences, the hard ones conditions. */
export const serverGroupPolicies = [
  'affinity',
  'anti-affinity',
  'soft-affinity',
  'soft-anti-affinity',
] as const;
export type ServerGroupPolicy = (typeof serverGroupPolicies)[number];

/** What servers share or avoid to share. A node without a value counts as having its own. */
export const placementScopes = ['rack', 'power_feed', 'switch', 'host', 'node'] as const;
export type PlacementScope = (typeof placementScopes)[number];
