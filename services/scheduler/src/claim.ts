import { castMessage } from '@metalcast/rpc';
import { compute, eventOf, type RequestContext } from '@metalcast/contracts';
import { lockOperation, type Database, type Node, type Tx } from '@metalcast/db';
import type { HostState } from './host-state.js';

/** What became of a try to claim a node. */
export type ClaimOutcome = 'claimed' | 'lost' | 'not-wanted';

interface Build {
  readonly operationId: string;
  readonly instanceUuid: string;
}

/**
 * Claims the node for the build, in one transaction with the message that tells compute.
 * `lost`: another scheduler was faster, take the next candidate. `not-wanted`: the build has its node already,
 * or is being cancelled. Repeatable.
 */
export async function claim(
  database: Database,
  build: Build,
  host: HostState,
  ctx: RequestContext,
): Promise<ClaimOutcome> {
  return database.transaction(async (tx) => {
    const operation = await lockOperation(tx.sql, build.operationId);
    if (operation?.awaiting !== 'claim' || operation.cancelRequested) {
      return 'not-wanted';
    }
    await tx.sql
      .$queryRaw`SELECT 1 FROM instances WHERE uuid = ${build.instanceUuid}::uuid FOR UPDATE`;
    const node = await claimRow(tx, build, host);
    if (node === undefined) {
      return 'lost';
    }
    await tx.sql.operation.update({
      where: { id: operation.id },
      data: { nodeId: node.id, epoch: node.epoch, awaiting: null },
    });
    const { requestId } = ctx;
    const epoch = node.epoch;
    tx.out.emit(
      eventOf(
        'nodeState',
        { subject: node.uuid, epoch, requestId },
        { from: host.taskState ?? 'available', to: 'building', instance_uuid: build.instanceUuid },
      ),
    );
    tx.out.emit(
      eventOf(
        'instanceScheduled',
        { subject: build.instanceUuid, epoch, requestId },
        { node: node.uuid, epoch, attempt: operation.attempt },
      ),
    );
    const args = { instance: { uuid: build.instanceUuid }, node: node.uuid };
    tx.out.cast(build.instanceUuid, castMessage(compute, 'runInstance', args, ctx));
    return 'claimed';
  });
}

/**
 * The one conditional UPDATE that decides who gets the node. It names what was judged, so a node
 * whose size or zone was changed in between is lost, not taken by an outdated view.
 */
async function claimRow(
  tx: Tx,
  build: Build,
  host: HostState,
): Promise<Pick<Node, 'id' | 'uuid' | 'epoch'> | undefined> {
  const [row] = await tx.sql.$queryRaw<Pick<Node, 'id' | 'uuid' | 'epoch'>[]>`
    UPDATE nodes SET instance_uuid = ${build.instanceUuid}::uuid, epoch = epoch + 1, boot_try = 0,
           boot_token_hash = NULL, boot_mode = 'none', fault = NULL,
           task_state = 'building', operation_id = ${build.operationId}::uuid
     WHERE id = ${host.id} AND instance_uuid IS NULL
       AND (task_state IS NULL OR task_state = 'deleted')
       AND NOT maintenance AND deleted_at IS NULL
       AND cpus = ${host.cpus} AND memory_mb = ${host.memoryMb} AND local_gb = ${host.localGb}
       AND cpu_arch = ${host.cpuArch} AND availability_zone IS NOT DISTINCT FROM ${host.availabilityZone}
    RETURNING id, uuid, epoch`;
  return row;
}
