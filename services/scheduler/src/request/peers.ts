import type { SchedulerHints } from '@metalcast/contracts';
import type { Database, Sql } from '@metalcast/db';
import type { PlacementScope, ServerGroupPolicy } from '@metalcast/domain';
import type { Place } from '../fleet/host-state.js';
import { serversOf } from './hints.js';
import type { RequestedGroup } from './placement-request.js';

/** Where the servers stand that the hints name, by the database. */
export async function hintedPlaces(
  { prisma }: Database,
  hints: SchedulerHints,
): Promise<ReadonlyMap<string, Place>> {
  const servers = serversOf(hints);
  if (servers.length === 0) {
    return new Map();
  }
  const nodes = await prisma.node.findMany({
    where: { instanceUuid: { in: servers } },
    select: { ...placeColumns, instanceUuid: true },
  });
  return new Map(nodes.map(({ instanceUuid, ...place }) => [instanceUuid ?? '', toPlace(place)]));
}

/** The group and where its servers stand, without that of `instanceUuid`; null when there is none. */
export async function requestedGroup(
  sql: Pick<Sql, 'serverGroup' | '$queryRaw'>,
  groupId: string | null,
  instanceUuid: string | null,
): Promise<RequestedGroup | null> {
  const group =
    groupId === null
      ? null
      : await sql.serverGroup.findUnique({
          where: { id: groupId },
        });
  if (group === null) {
    return null;
  }
  const nodes = await sql.$queryRaw<PlaceRow[]>`
    SELECT n.uuid, n.service_host AS "serviceHost", n.rack, n.power_feed AS "powerFeed", n.switch AS "switchName"
      FROM instances i JOIN nodes n ON n.instance_uuid = i.uuid
     WHERE i.server_group_id = ${group.id}::uuid AND i.deleted_at IS NULL
       AND i.uuid IS DISTINCT FROM ${instanceUuid}::uuid`;
  return {
    id: group.id,
    name: group.name,
    policy: group.policy as ServerGroupPolicy,
    scope: group.scope as PlacementScope,
    members: nodes.map(toPlace),
  };
}

const placeColumns = {
  uuid: true,
  serviceHost: true,
  rack: true,
  powerFeed: true,
  switchName: true,
} as const;

interface PlaceRow {
  readonly uuid: string;
  readonly serviceHost: string | null;
  readonly rack: string | null;
  readonly powerFeed: string | null;
  readonly switchName: string | null;
}

const toPlace = ({ serviceHost, ...place }: PlaceRow): Place => ({ ...place, host: serviceHost });
