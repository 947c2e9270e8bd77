import type { Deployment, Node } from './generated/client.js';
import type { Database } from './database.js';
import type { Sql } from './sql.js';

export interface DeploymentOfNode {
  readonly node: Node;
  readonly deployment: Deployment;
}

/** Which helper holds a deployment, by which attempt. Every write of a holder names both. */
export interface DeploymentClaim {
  readonly id: bigint;
  readonly attempt: number;
  readonly helper: string;
}

export interface TakeOptions {
  readonly helper: string;
  readonly leaseMs: number;
  /** How long the ramdisk may take to offer its disk. */
  readonly targetMs: number;
  /** Also rows whose helper has let its lease pass. */
  readonly orphans: boolean;
  /** Rows tried this often are left to their deadline. */
  readonly maxAttempts: number;
  /** Rows left to others. */
  readonly except: readonly bigint[];
}

/** Locks the node's row, then reads it: whoever says hello for it, or changes its boot, waits. */
export async function lockNodeByUuid(sql: Sql, uuid: string): Promise<Node | undefined> {
  await sql.$queryRaw`SELECT 1 FROM nodes WHERE uuid = ${uuid}::uuid FOR NO KEY UPDATE`;
  return (await sql.node.findUnique({ where: { uuid } })) ?? undefined;
}

/** The deployment of a node's epoch, whether or not the node is still in it. */
export async function findDeployment(
  sql: Sql,
  nodeUuid: string,
  epoch: number,
): Promise<DeploymentOfNode | undefined> {
  const node = await sql.node.findUnique({ where: { uuid: nodeUuid } });
  if (node === null) {
    return undefined;
  }
  const deployment = await sql.deployment.findUnique({
    where: { nodeId_epoch: { nodeId: node.id, epoch } },
  });
  return deployment === null ? undefined : { node, deployment };
}

/** As `findDeployment`, with the deployment's row locked until the transaction ends. */
export async function lockDeployment(
  sql: Sql,
  nodeUuid: string,
  epoch: number,
): Promise<DeploymentOfNode | undefined> {
  await sql.$queryRaw`
    SELECT 1 FROM deployments d JOIN nodes n ON n.id = d.node_id
     WHERE n.uuid = ${nodeUuid}::uuid AND d.epoch = ${epoch} FOR UPDATE OF d`;
  return findDeployment(sql, nodeUuid, epoch);
}

/**
 * Takes the deployment that has waited longest: one attempt more, a lease, a clean slate.
 * Those of a node that is in another epoch by now are nobody's work.
 */
export async function takeDeployment(
  sql: Sql,
  { helper, leaseMs, targetMs, orphans, maxAttempts, except }: TakeOptions,
): Promise<Deployment | undefined> {
  const [taken] = await sql.$queryRaw<{ id: bigint }[]>`
    UPDATE deployments SET state = 'targeting', attempt = attempt + 1, helper = ${helper},
           lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
           deadline_at = clock_timestamp() + ${targetMs} * interval '1 millisecond',
           bytes_done = 0, total = 0, portal = NULL, zeroed = false,
           verify_extents = NULL, verify_sha256 = NULL
     WHERE id = (SELECT d.id FROM deployments d JOIN nodes n ON n.id = d.node_id AND n.epoch = d.epoch
                  WHERE d.attempt < ${maxAttempts} AND d.id <> ALL (${except}::bigint[])
                    AND (d.state = 'queued' OR (${orphans} AND d.lease_until < clock_timestamp()
                         AND (d.state = 'targeting' OR d.state = 'writing')))
                  ORDER BY d.deadline_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
    RETURNING id`;
  return taken === undefined
    ? undefined
    : sql.deployment.findUniqueOrThrow({ where: { id: taken.id } });
}

/** False: the claim is lost, to another helper, to the sweeper or to a new epoch of the node. */
export async function renewDeployment(
  database: Database,
  { id, attempt, helper }: DeploymentClaim,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await database.prisma.$executeRaw`
    UPDATE deployments d SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      FROM nodes n
     WHERE d.id = ${id} AND d.attempt = ${attempt} AND d.helper = ${helper}
       AND (d.state = 'targeting' OR d.state = 'writing') AND n.id = d.node_id AND n.epoch = d.epoch`;
  return renewed === 1;
}

/** Locks the row if the claim still holds; undefined means: stop, and write nothing. */
export async function lockHeldDeployment(
  sql: Sql,
  { id, attempt, helper }: DeploymentClaim,
): Promise<Deployment | undefined> {
  const held = await sql.$queryRaw<unknown[]>`
    SELECT 1 FROM deployments d JOIN nodes n ON n.id = d.node_id AND n.epoch = d.epoch
     WHERE d.id = ${id} AND d.attempt = ${attempt} AND d.helper = ${helper}
       AND (d.state = 'targeting' OR d.state = 'writing') FOR UPDATE OF d`;
  return held.length === 0 ? undefined : sql.deployment.findUniqueOrThrow({ where: { id } });
}

/** Locks deployments whose deadline has passed and that nobody else is looking at. */
export async function lockOverdueDeployments(sql: Sql, limit: number): Promise<DeploymentOfNode[]> {
  const rows = await sql.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM deployments
     WHERE deadline_at < clock_timestamp()
       AND (state = 'queued' OR state = 'targeting' OR state = 'writing' OR state = 'verifying' OR state = 'restarting')
     ORDER BY deadline_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  const deployments = await sql.deployment.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
  });
  const nodes = await sql.node.findMany({
    where: { id: { in: deployments.map(({ nodeId }) => nodeId) } },
  });
  return deployments.flatMap((deployment) => {
    const node = nodes.find(({ id }) => id === deployment.nodeId);
    return node === undefined ? [] : [{ node, deployment }];
  });
}

/** Gives an unfinished deployment back, to be taken by another helper at once, or within `queueMs`. */
export async function releaseDeployment(
  database: Database,
  { id, attempt, helper }: DeploymentClaim,
  queueMs: number,
): Promise<boolean> {
  const released = await database.prisma.$executeRaw`
    UPDATE deployments SET state = 'queued', helper = NULL, lease_until = NULL,
           deadline_at = clock_timestamp() + ${queueMs} * interval '1 millisecond'
     WHERE id = ${id} AND attempt = ${attempt} AND helper = ${helper}
       AND (state = 'targeting' OR state = 'writing')`;
  return released === 1;
}

/**
 * Queues what an earlier process of this host held, which the caller has followed: it need not be waited for.
 * Were it alive after all, the next attempt would fence it off.
 */
export async function requeueDeploymentsOf(
  database: Database,
  host: string,
  queueMs: number,
): Promise<number> {
  return database.prisma.$executeRaw`
    UPDATE deployments SET state = 'queued', helper = NULL, lease_until = NULL,
           deadline_at = clock_timestamp() + ${queueMs} * interval '1 millisecond'
     WHERE (state = 'targeting' OR state = 'writing') AND split_part(helper, ':', 1) = ${host}`;
}
