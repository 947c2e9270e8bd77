import { statesUnderWay } from '@metalcast/domain';
import type { Database } from './database.js';
import { Prisma, type Instance, type Operation } from './generated/client.js';
import { among } from './state-words.js';

/** A build that waits for its node: what a scheduler reads of its rows. */
export interface WaitingBuild {
  readonly operation: Pick<Operation, 'id' | 'attempt' | 'nodesTried' | 'filterProperties'>;
  readonly instance: Pick<
    Instance,
    | 'uuid'
    | 'projectId'
    | 'flavor'
    | 'image'
    | 'schedulerHints'
    | 'availabilityZone'
    | 'forcedHost'
    | 'forcedNode'
    | 'serverGroupId'
  >;
}

/** The build of the instance that waits for a node; undefined when there is none, or it is being cancelled. */
export async function readWaitingBuild(
  database: Database,
  instanceUuid: string,
): Promise<WaitingBuild | undefined> {
  const [row] = await database.statement<
    WaitingBuild['operation'] & WaitingBuild['instance'] & { readonly attempt: number }
  >(
    'read_waiting_build',
    Prisma.sql`
    SELECT o.id, o.attempt, o.nodes_tried AS "nodesTried", o.filter_properties AS "filterProperties", i.uuid, i.project_id AS "projectId", i.flavor, i.image,
           i.scheduler_hints AS "schedulerHints", i.availability_zone AS "availabilityZone", i.forced_host AS "forcedHost",
           i.forced_node AS "forcedNode", i.server_group_id AS "serverGroupId"
      FROM operations o JOIN instances i ON i.uuid = o.instance_uuid
     WHERE o.instance_uuid = ${instanceUuid}::uuid AND o.kind = 'build' AND o.awaiting = 'claim' AND NOT o.cancel_requested
       AND o.state IN ${among(statesUnderWay)}`,
  );
  if (row === undefined) {
    return undefined;
  }
  const { id, attempt, nodesTried, filterProperties, ...instance } = row;
  return { operation: { id, attempt, nodesTried, filterProperties }, instance };
}

/** The first of these uuids that no instance has, deleted or not. */
export async function findMissingInstance(
  database: Database,
  uuids: readonly string[],
): Promise<string | undefined> {
  const [missing] = await database.statement<{ readonly uuid: string }>(
    'find_missing_instance',
    Prisma.sql`
    SELECT asked.uuid FROM unnest(${[...uuids]}::uuid[]) WITH ORDINALITY AS asked (uuid, place)
     WHERE NOT EXISTS (SELECT FROM instances i WHERE i.uuid = asked.uuid) ORDER BY place LIMIT 1`,
  );
  return missing?.uuid;
}
