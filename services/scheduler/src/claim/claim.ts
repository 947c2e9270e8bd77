import { compute, eventOf, type RequestContext } from '@metalcast/contracts';
import type { Database, Outgoing, Queries } from '@metalcast/db';
import { claimNode, type NodeClaimOutcome } from '@metalcast/db/scheduler';
import { nodeState, nodeStateOf, nodeStates } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import type { HostState } from '../fleet/host-state.js';
import { requestedGroup } from '../request/peers.js';
import type { PlacementRequest, RequestedGroup } from '../request/placement-request.js';

/** Result of an attempt to claim a node. `refused`: the servers of the group have moved since the node was chosen. */
export type ClaimOutcome = NodeClaimOutcome;

/** The chosen node, the build it is for, and the request that was judged. */
export interface Choice {
  readonly operationId: string;
  /** The build's attempt, from 1. */
  readonly attempt: number;
  readonly instanceUuid: string;
  readonly request: PlacementRequest;
  readonly host: HostState;
}

/**
 * Claims the node for the build. The claim and the message to compute are one transaction. The claim names the node
 * version that was judged, so a claim on an outdated view is lost. Idempotent.
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

/** The new epoch is known before the claim: each claim adds one to the epoch of the judged version. */
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
 * Locks the group's row until the commit, so that no other claim of the group runs in between. False when the members
 * have moved since the node was chosen. A soft policy needs no lock.
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
