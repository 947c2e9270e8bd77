import { compute, eventOf, type RequestContext } from '@metalcast/contracts';
import { lockOperation, type Database, type Node, type Tx } from '@metalcast/db';
import { castMessage } from '@metalcast/rpc';
import type { HostState } from '../fleet/host-state.js';
import { requestedGroup } from '../request/peers.js';
import type { PlacementRequest, RequestedGroup } from '../request/placement-request.js';

/** What became of a try to claim a node. */
export type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly version: number }
  /** Somebody else has it, or has changed it since it was judged. */
  | { readonly outcome: 'lost' }
  /** The server group has other members, or elsewhere, than when the node was chosen. */
  | { readonly outcome: 'group-changed' }
  /** The build has its node already, or is being cancelled. */
  | { readonly outcome: 'not-wanted' };

interface Build {
  readonly operationId: string;
  readonly instanceUuid: string;
}

/** Which node was chosen for which build, and by what the choice was made. */
export interface Choice extends Build {
  readonly request: PlacementRequest;
  readonly host: HostState;
}

/** Claims the node for the build, in one transaction with the message that tells compute. Repeatable. */
export async function claim(
  database: Database,
  choice: Choice,
  ctx: RequestContext,
): Promise<ClaimOutcome> {
  const { request, host, ...build } = choice;
  return database.transaction(async (tx) => {
    const operation = await lockOperation(tx.sql, build.operationId);
    if (operation?.awaiting !== 'claim' || operation.cancelRequested) {
      return { outcome: 'not-wanted' };
    }
    await tx.sql
      .$queryRaw`SELECT 1 FROM instances WHERE uuid = ${build.instanceUuid}::uuid FOR UPDATE`;
    if (request.group !== null && !(await isGroupAsJudged(tx, request.group, build))) {
      return { outcome: 'group-changed' };
    }
    const node = await claimRow(tx, build, host);
    if (node === undefined) {
      return { outcome: 'lost' };
    }
    const { epoch, version } = node;
    await tx.sql.operation.update({
      where: { id: operation.id },
      data: { nodeId: host.id, epoch, awaiting: null },
    });
    announce(tx, build, { host, epoch, attempt: operation.attempt }, ctx);
    return { outcome: 'claimed', version };
  });
}

interface Claimed {
  readonly host: HostState;
  readonly epoch: number;
  readonly attempt: number;
}

function announce(
  { out }: Tx,
  { instanceUuid }: Build,
  { host, epoch, attempt }: Claimed,
  ctx: RequestContext,
): void {
  const { requestId } = ctx;
  const from = host.taskState ?? 'available';
  out.emit(
    eventOf(
      'nodeState',
      { subject: host.uuid, epoch, requestId },
      { from, to: 'building', instance_uuid: instanceUuid },
    ),
  );
  out.emit(
    eventOf(
      'instanceScheduled',
      { subject: instanceUuid, epoch, requestId },
      { node: host.uuid, epoch, attempt },
    ),
  );
  const args = { instance: { uuid: instanceUuid }, node: host.uuid };
  out.cast(instanceUuid, castMessage(compute, 'runInstance', args, ctx));
}

/**
 * The group's row is locked until the commit, so that no other claim under it can come in between: its servers stand
 * where they stood when the node was chosen, or the choice is made anew. A wish (soft policy) needs no lock.
 */
async function isGroupAsJudged(tx: Tx, group: RequestedGroup, build: Build): Promise<boolean> {
  if (group.policy.startsWith('soft-')) {
    return true;
  }
  await tx.sql.$queryRaw`SELECT 1 FROM server_groups WHERE id = ${group.id}::uuid FOR UPDATE`;
  const now = await requestedGroup(tx.sql, group.id, build.instanceUuid);
  return now !== null && standing(now) === standing(group);
}

const standing = ({ policy, scope, members }: RequestedGroup): string =>
  JSON.stringify([
    policy,
    scope,
    members
      .map(({ uuid, host, rack, powerFeed, switchName }) => [
        uuid,
        host,
        rack,
        powerFeed,
        switchName,
      ])
      .sort(),
  ]);

/**
 * The one conditional UPDATE that decides who gets the node. It names the version that was judged, so a node that
 * changed in any way since then is lost, never taken by an outdated view.
 */
async function claimRow(
  tx: Tx,
  build: Build,
  host: HostState,
): Promise<Pick<Node, 'epoch' | 'version'> | undefined> {
  const [row] = await tx.sql.$queryRaw<Pick<Node, 'epoch' | 'version'>[]>`
    UPDATE nodes SET instance_uuid = ${build.instanceUuid}::uuid, epoch = epoch + 1, boot_try = 0,
           boot_token_hash = NULL, boot_mode = 'none', fault = NULL,
           task_state = 'building', operation_id = ${build.operationId}::uuid
     WHERE id = ${host.id} AND version = ${host.version} AND instance_uuid IS NULL
       AND (task_state IS NULL OR task_state = 'deleted') AND NOT maintenance AND deleted_at IS NULL
    RETURNING epoch, version`;
  return row;
}
