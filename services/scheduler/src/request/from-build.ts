import { filterProperties, flavorSnapshot, imageSnapshot, triedNode } from '@metalcast/contracts';
import type { Database, WaitingBuild } from '@metalcast/db';
import { parseHints } from './hints.js';
import { hintedPlaces, requestedGroup } from './peers.js';
import type { PlacementRequest } from './placement-request.js';

/**
 * What the rows ask for, what a foreign caller added to it included. Read anew for each look: where the group's servers and
 * those of the hints stand is as it is now.
 */
export async function requestOf(
  database: Database,
  { operation, instance }: WaitingBuild,
): Promise<PlacementRequest> {
  const more = filterProperties.parse(operation.filterProperties);
  const hints = parseHints({
    ...(instance.schedulerHints as object),
    ...more.scheduler_hints,
  });
  const { uuid, forcedHost, forcedNode } = instance;
  const groupId = instance.serverGroupId ?? hints.group ?? null;
  return {
    instanceUuid: uuid,
    flavor: flavorSnapshot.parse(instance.flavor),
    image: imageSnapshot.parse(instance.image),
    projectId: instance.projectId,
    zone: instance.availabilityZone,
    hints,
    forcedHosts: [...(forcedHost === null ? [] : [forcedHost]), ...(more.force_hosts ?? [])],
    forcedNodes: [...(forcedNode === null ? [] : [forcedNode]), ...(more.force_nodes ?? [])],
    ignoredHosts: more.ignore_hosts ?? [],
    triedNodes: [
      ...triedNode
        .array()
        .parse(operation.nodesTried)
        .map(({ node }) => node),
      ...(more.retry?.hosts ?? []).map(([, node]) => node),
    ],
    group: await requestedGroup(database.prisma, groupId, uuid),
    places: await hintedPlaces(database, hints),
  };
}
