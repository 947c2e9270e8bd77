import { filterProperties, flavorSnapshot, imageSnapshot, triedNode } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import type { WaitingBuild } from '@metalcast/db/scheduler';
import { Fault } from '@metalcast/domain';
import { narrowing } from './narrowing.js';
import { hintedPlaces, requestedGroup } from './peers.js';
import type { PlacementRequest } from './placement-request.js';

/**
 * The request of a build: the stored request and a foreign caller's additions. Read again at each attempt, because the
 * places of the group's servers and of the hinted servers change.
 */
export async function requestOf(
  database: Database,
  { operation, instance }: WaitingBuild,
): Promise<PlacementRequest> {
  const { uuid, forcedHost, forcedNode } = instance;
  const tried = triedNode.array().parse(operation.nodesTried);
  const narrowed = narrowing(
    {
      hints: instance.schedulerHints as object,
      forcedHost,
      forcedNode,
      tried: tried.map(({ node }) => node),
    },
    filterProperties.parse(operation.filterProperties),
  );
  const { hints } = narrowed;
  const groupId = instance.serverGroupId ?? hints.group ?? null;
  if (hints.group !== undefined && hints.group !== groupId) {
    const reason = `The server is in group ${groupId}, and the caller names ${hints.group}.`;
    throw new Fault('BAD_REQUEST', { reason });
  }
  return {
    instanceUuid: uuid,
    flavor: flavorSnapshot.parse(instance.flavor),
    image: imageSnapshot.parse(instance.image),
    configDrive: instance.configDrive,
    projectId: instance.projectId,
    zone: instance.availabilityZone,
    ...narrowed,
    group: await requestedGroup(database.sql, groupId, uuid),
    places: await hintedPlaces(database, hints),
  };
}
