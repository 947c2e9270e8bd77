import { operations, operationState, taskState, vmState } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import type { Instance } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import { scheduleRecastMs, type Requester } from './operations.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import { word } from '../sql/state-words.js';

/** What servers that are asked for together have in common. */
export type CommonColumns = Pick<
  Instance,
  | 'userId'
  | 'projectId'
  | 'displayDescription'
  | 'reservationId'
  | 'imageRef'
  | 'memoryMb'
  | 'vcpus'
  | 'rootGb'
  | 'ephemeralGb'
  | 'keyName'
  | 'keyData'
  | 'availabilityZone'
  | 'forcedHost'
  | 'forcedNode'
  | 'serverGroupId'
  | 'configDrive'
> & {
  readonly image: object;
  readonly flavor: object;
  readonly metadata: object;
  readonly requestedNetworks: unknown;
  readonly schedulerHints: object;
};

/** What each of them has of its own; user data and password as ciphertexts. */
export type OwnColumns = Pick<
  Instance,
  'uuid' | 'displayName' | 'hostname' | 'launchIndex' | 'userData' | 'adminPass'
>;

export interface NewBuilds {
  readonly common: CommonColumns;
  readonly each: readonly OwnColumns[];
  readonly requester: Requester;
}

/**
 * Inserts new instances, each with its build, which waits for its claim as if compute had begun it, and with the
 * messages of `tell` (among them a cast of `scheduler.run_instance` for each): all or nothing, by one statement,
 * however many there are. False: nothing was inserted, for the project has no such server group; a group that is there
 * stays to the commit.
 */
export async function insertBuilds(
  database: Database,
  builds: NewBuilds,
  tell: (out: Outgoing) => void,
): Promise<boolean> {
  const out = new Outgoing();
  tell(out);
  const [row] = await database.write<{ readonly inserted: boolean }>('insert_builds', out, () =>
    buildsInserted(builds, out),
  );
  return row?.inserted === true;
}

const { version: plan, starts: firstStep } = operations.build;

/** Ciphertexts may be long and have nothing to escape: arrays of text, not JSON. */
function buildsInserted({ common, each, requester }: NewBuilds, out: Outgoing): Prisma.Sql {
  const { serverGroupId: group, projectId } = common;
  const { requestId, projectId: byProject = null, userId: byUser = null } = requester;
  return Prisma.sql`
    WITH server_group AS MATERIALIZED (
      SELECT id FROM server_groups WHERE id = ${group}::uuid AND project_id = ${projectId} FOR KEY SHARE
    ), inserted AS (
      INSERT INTO instances (uuid, user_id, project_id, display_name, display_description, hostname, reservation_id, launch_index,
             image_ref, image, flavor, memory_mb, vcpus, root_gb, ephemeral_gb, key_name, key_data, metadata, requested_networks,
             scheduler_hints, availability_zone, forced_host, forced_node, server_group_id, config_drive, user_data, admin_pass,
             vm_state, task_state)
      SELECT e.uuid, c."userId", c."projectId", e.display_name, c."displayDescription", e.hostname, c."reservationId", e.launch_index,
             c."imageRef", c.image, c.flavor, c."memoryMb", c.vcpus, c."rootGb", c."ephemeralGb", c."keyName", c."keyData",
             c.metadata, c."requestedNetworks", c."schedulerHints", c."availabilityZone", c."forcedHost", c."forcedNode",
             c."serverGroupId", c."configDrive", e.user_data, e.admin_pass, ${word(vmState.building)}, ${word(taskState.scheduling)}
        FROM jsonb_to_record(${JSON.stringify(common)}::jsonb) AS c ("userId" text, "projectId" text, "displayDescription" text,
             "reservationId" text, "imageRef" text, image jsonb, flavor jsonb, "memoryMb" int, vcpus int, "rootGb" int,
             "ephemeralGb" int, "keyName" text, "keyData" text, metadata jsonb, "requestedNetworks" jsonb, "schedulerHints" jsonb,
             "availabilityZone" text, "forcedHost" text, "forcedNode" text, "serverGroupId" uuid, "configDrive" boolean),
             unnest(${each.map(({ uuid }) => uuid)}::uuid[], ${each.map(({ displayName }) => displayName)}::text[],
             ${each.map(({ hostname }) => hostname)}::text[], ${each.map(({ launchIndex }) => launchIndex)}::int[],
             ${each.map(({ userData }) => userData)}::text[], ${each.map(({ adminPass }) => adminPass)}::text[])
             AS e (uuid, display_name, hostname, launch_index, user_data, admin_pass)
       WHERE ${group}::uuid IS NULL OR EXISTS (SELECT FROM server_group)
       ORDER BY e.launch_index
      RETURNING uuid
    ), build AS (
      INSERT INTO operations (id, kind, plan, state, awaiting, step, begun_at, instance_uuid, deadline_at, request_id, project_id, user_id)
      SELECT gen_random_uuid(), 'build', ${plan}::int, ${word(operationState.waiting)}, 'claim', ${firstStep}::text, clock_timestamp(), uuid,
             clock_timestamp() + ${scheduleRecastMs}::int * interval '1 millisecond', ${requestId}::text, ${byProject}::text, ${byUser}::text
        FROM inserted
      RETURNING id
    ), begun AS (
      INSERT INTO operation_steps (operation_id, step, attempt) SELECT id, ${firstStep}::text, 1 FROM build
    ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM inserted)`)}
    SELECT EXISTS (SELECT FROM inserted) AS inserted, ${writtenStreams}`;
}
