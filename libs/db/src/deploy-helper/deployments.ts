// Deployments as their helpers read them.
import type { Database } from '../database/database.js';
import type { Deployment, Node } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';

/** The node's columns that decisions about its deployment read. */
export type DeploymentNode = Pick<Node, 'id' | 'uuid' | 'epoch' | 'instanceUuid' | 'dataOf'>;

export interface DeploymentOfNode {
  readonly node: DeploymentNode;
  readonly deployment: Deployment;
}

/** Which deployment: of a node, in one of its epochs. */
export interface DeploymentKey {
  readonly node: string;
  readonly epoch: number;
}

/** Of a deployment `d` of a node `n`, as `deploymentOfRow` takes them. */
export const deploymentColumns = Prisma.raw(`
  d.id, d.node_id AS "nodeId", d.epoch, d.instance_uuid AS "instanceUuid", d.boot_try AS "bootTry",
  d.nonce_hash AS "nonceHash", d.disk, d.disk_bytes AS "diskBytes", d.inventory, d.bios_drive AS "biosDrive", d.disks,
  d.empties, d.probes, d.state, d.attempt, d.target_attempt AS "targetAttempt", d.portal, d.iqn, d.lun, d.zeroed, d.helper,
  d.lease_until AS "leaseUntil", d.bytes_done AS "bytesDone", d.total, d.verify_extents AS "verifyExtents",
  d.verify_sha256 AS "verifySha256", d.deadline_at AS "deadlineAt",
  d.progress_at AS "progressAt", d.fault, d.request_id AS "requestId", d.created_at AS "createdAt", d.updated_at AS "updatedAt"`);

export const deploymentNodeColumns = Prisma.raw(`
  n.uuid AS "nodeUuid", n.epoch AS "nodeEpoch", n.instance_uuid AS "nodeInstanceUuid", n.data_of AS "nodeDataOf"`);

type Int8 = 'id' | 'diskBytes' | 'bytesDone' | 'total';

/** A row of `deploymentColumns`; the client returns 64-bit numbers as text. */
export type DeploymentRow = Omit<Deployment, Int8> & Readonly<Record<Int8, string>>;

export interface DeploymentNodeRow {
  readonly nodeUuid: string;
  readonly nodeEpoch: number;
  readonly nodeInstanceUuid: string | null;
  readonly nodeDataOf: string[];
}

export const deploymentOfRow = (row: DeploymentRow): Deployment => ({
  ...row,
  id: BigInt(row.id),
  diskBytes: BigInt(row.diskBytes),
  bytesDone: BigInt(row.bytesDone),
  total: BigInt(row.total),
});

export function deploymentOfNodeRow({
  nodeUuid,
  nodeEpoch,
  nodeInstanceUuid,
  nodeDataOf,
  ...row
}: DeploymentRow & DeploymentNodeRow): DeploymentOfNode {
  const deployment = deploymentOfRow(row);
  const node = {
    ...{ id: deployment.nodeId, uuid: nodeUuid, epoch: nodeEpoch },
    ...{ instanceUuid: nodeInstanceUuid, dataOf: nodeDataOf },
  };
  return { node, deployment };
}

/** The deployment of a node's epoch, whether or not the node is still in it. */
export async function readDeployment(
  database: Database,
  { node, epoch }: DeploymentKey,
): Promise<DeploymentOfNode | undefined> {
  const [row] = await database.statement<DeploymentRow & DeploymentNodeRow>(
    'read_deployment',
    Prisma.sql`
      SELECT ${deploymentColumns}, ${deploymentNodeColumns}
        FROM nodes n JOIN deployments d ON d.node_id = n.id
       WHERE n.uuid = ${node}::uuid AND d.epoch = ${epoch}`,
  );
  return row === undefined ? undefined : deploymentOfNodeRow(row);
}

/** The columns that prove whether a disk was wiped after a server used it. */
export type WipingDeployment = Pick<
  Deployment,
  'epoch' | 'instanceUuid' | 'disk' | 'empties' | 'zeroed' | 'state' | 'targetAttempt' | 'inventory'
>;

/** The node's deployments before that epoch, in order. */
export const deploymentsBefore = (
  database: Database,
  { nodeId, epoch }: Pick<Deployment, 'nodeId' | 'epoch'>,
): Promise<WipingDeployment[]> =>
  database.statement<WipingDeployment>(
    'deployments_before',
    Prisma.sql`
      SELECT epoch, instance_uuid AS "instanceUuid", disk, empties, zeroed, state, target_attempt AS "targetAttempt", inventory
        FROM deployments WHERE node_id = ${nodeId} AND epoch < ${epoch} ORDER BY epoch`,
  );
