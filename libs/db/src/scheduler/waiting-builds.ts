import { statesUnderWay, taskState, vmState } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import type { Instance, Operation } from '../generated/client.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import type { Outgoing } from '../outbox/outbox.js';
import { Prisma } from '../sql/prisma.js';
import { among, word } from '../sql/state-words.js';

/** A build that waits for its node: what a scheduler reads of its rows. */
export interface WaitingBuild {
  readonly operation: Pick<Operation, 'id' | 'attempt' | 'nodesTried' | 'filterProperties'>;
  readonly instance: Pick<
    Instance,
    | 'uuid'
    | 'projectId'
    | 'flavor'
    | 'image'
    | 'configDrive'
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
    SELECT o.id, o.attempt, o.nodes_tried AS "nodesTried", o.filter_properties AS "filterProperties", i.uuid, i.project_id AS "projectId", i.flavor, i.image, i.config_drive AS "configDrive",
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

/**
 * What a foreign caller narrows the choice by, for every try of those of the builds that wait for a node. Their servers
 * join the group, if it is given and they are in none.
 */
export async function narrowWaitingBuilds(
  database: Database,
  uuids: readonly string[],
  { group, filterProperties }: { readonly group: string | null; readonly filterProperties: object },
): Promise<void> {
  await database.statement(
    'narrow_waiting_builds',
    Prisma.sql`
    WITH waiting AS (
      UPDATE operations SET filter_properties = ${JSON.stringify(filterProperties)}::jsonb
       WHERE instance_uuid = ANY (${[...uuids]}::uuid[]) AND state IN ${among(statesUnderWay)} AND kind = 'build' AND awaiting = 'claim'
      RETURNING instance_uuid
    )
    UPDATE instances SET server_group_id = ${group}::uuid
     WHERE uuid IN (SELECT instance_uuid FROM waiting) AND server_group_id IS NULL AND ${group}::uuid IS NOT NULL`,
  );
}

/** Keeps each ciphertext in its server's row, as long as the server waits for its node. */
export async function setAdminPasswords(
  database: Database,
  passwords: readonly { readonly uuid: string; readonly ciphertext: string }[],
): Promise<void> {
  await database.statement(
    'set_admin_passwords',
    Prisma.sql`
    UPDATE instances SET admin_pass = given.ciphertext
      FROM jsonb_to_recordset(${JSON.stringify(passwords)}::jsonb) AS given (uuid uuid, ciphertext text)
     WHERE instances.uuid = given.uuid AND vm_state = ${word(vmState.building)} AND task_state = ${word(taskState.scheduling)}`,
  );
}

/**
 * Ends the wait of the build with the fault, for compute to find; nothing, no message either, when it waits no more.
 */
export async function refuseWaitingBuild(
  database: Database,
  operationId: string,
  fault: object,
  out: Outgoing,
): Promise<void> {
  await database.write(
    'refuse_waiting_build',
    out,
    () => Prisma.sql`
    WITH refused AS (
      UPDATE operations SET awaiting = NULL, fault = ${JSON.stringify(fault)}::jsonb
       WHERE id = ${operationId}::uuid AND awaiting = 'claim'
      RETURNING id
    ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM refused)`)}
    SELECT ${writtenStreams}`,
  );
}
