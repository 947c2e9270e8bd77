import { compute, eventOf, type RequestContext } from '@metalcast/contracts';
import type { Database, Outgoing, Queries } from '@metalcast/db';
import { claimNode, type NodeClaimOutcome } from '@metalcast/db/scheduler';
import { nodeState, nodeStateOf, nodeStates } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import type { HostState } from '../fleet/host-state.js';
import { requestedGroup } from '../request/peers.js';
import type { PlacementRequest, RequestedGroup } from '../request/placement-request.js';

/**
 * What became of a try to claim a node; `refused`: the server group has other members, or elsewhere, than when it was
 * chosen.
 */
export type ClaimOutcome = NodeClaimOutcome;

/** Which node was chosen for which build, and by what the choice was made. */
export interface Choice {
  readonly operationId: string;
  /** Try of the build. */
  readonly attempt: number;
  readonly instanceUuid: string;
  readonly request: PlacementRequest;
  readonly host: HostState;
}

/**
 * Claims the node for the build, in one transaction with the message that tells compute. The claim names the version
 * that was judged, so a node that changed in any way since then is lost, never taken by an outdated view. Idempotent.
 */
export async function claim(
  database: Database,
  choice: Choice,
  ctx: RequestContext,
): Promise<ClaimOutcome> {
  const { request, host, operationId, attempt, instanceUuid } = choice;
  const { group } = request;
  const row = { operationId, attempt, instanceUuid, nodeId: host.id, version: host.version };
  return claimNode(database, row, {
    tell: (out) => {
      announce(out, choice, ctx);
    },
    guard:
      group === null || isSoftPolicy(group)
        ? undefined
        : (sql) => isGroupAsJudged(sql, group, instanceUuid),
  });
}

/** The epoch is known beforehand: the version that the claim names has the one before. */
function announce(out: Outgoing, choice: Choice, ctx: RequestContext): void {
  const { host, instanceUuid, attempt } = choice;
  const { requestId } = ctx;
  const epoch = host.epoch + 1;
  const from = nodeStateOf(host.taskState);
  const to = nodeStates.next(from, 'claim') ?? nodeState.building;
  out.emit(
    eventOf(
      'nodeState',
      { subject: host.uuid, epoch, requestId },
      { from, to, instance_uuid: instanceUuid },
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

const isSoftPolicy = ({ policy }: RequestedGroup): boolean => policy.startsWith('soft-');

/**
 * The group's row is locked until the commit, so that no other claim under it can come in between: its servers stand
 * where they stood when the node was chosen, or the choice is made anew. A wish (soft policy) needs no lock.
 */
async function isGroupAsJudged(
  sql: Queries,
  group: RequestedGroup,
  instanceUuid: string,
): Promise<boolean> {
  await sql.$queryRaw`SELECT 1 FROM server_groups WHERE id = ${group.id}::uuid FOR UPDATE`;
  const now = await requestedGroup(sql, group.id, instanceUuid);
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
