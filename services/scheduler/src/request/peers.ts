import type { SchedulerHints } from '@metalcast/contracts';
import { Prisma, type Database, type Queries } from '@metalcast/db';
import type { NodeLocation } from '../fleet/host-state.js';
import { serversOf } from './hints.js';
import type { RequestedGroup } from './placement-request.js';

/** Reads the places of the servers that the hints name. */
export async function hintedPlaces(
  { sql }: Database,
  hints: SchedulerHints,
): Promise<ReadonlyMap<string, NodeLocation>> {
  const servers = serversOf(hints);
  if (servers.length === 0) {
    return new Map();
  }
  const nodes = await sql.$queryRaw<(NodeLocation & { readonly server: string })[]>`
    SELECT instance_uuid AS server, ${placeColumns} FROM nodes n WHERE instance_uuid = ANY (${servers}::uuid[])`;
  return new Map(nodes.map(({ server, ...place }) => [server, place]));
}

/** The group and the places of its servers, without the server `instanceUuid`. Null when the group does not exist. */
export async function requestedGroup(
  sql: Queries,
  groupId: string | null,
  instanceUuid: string | null,
): Promise<RequestedGroup | null> {
  if (groupId === null) {
    return null;
  }
  const [group] = await sql.$queryRaw<Omit<RequestedGroup, 'members'>[]>`
    SELECT id, name, policy, scope FROM server_groups WHERE id = ${groupId}::uuid`;
  if (group === undefined) {
    return null;
  }
  const members = await sql.$queryRaw<NodeLocation[]>`
    SELECT ${placeColumns} FROM instances i JOIN nodes n ON n.instance_uuid = i.uuid
     WHERE i.server_group_id = ${group.id}::uuid AND i.deleted_at IS NULL
       AND i.uuid IS DISTINCT FROM ${instanceUuid}::uuid`;
  return { ...group, members };
}

/** Columns of a node `n`. */
const placeColumns = Prisma.sql`
  n.uuid, n.service_host AS host, n.rack, n.power_feed AS "powerFeed", n.switch AS "switchName"`;
