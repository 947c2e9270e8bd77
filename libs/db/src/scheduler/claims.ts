import { nodeState, nodeStates } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import type { Queries } from '../sql/queries.js';
import { among, word } from '../sql/state-words.js';

/** A node that was chosen for a build, by what its row and that of the operation were when it was. */
export interface NodeClaim {
  readonly operationId: string;
  /** Try of the build: on another one, other nodes are ruled out. */
  readonly attempt: number;
  readonly instanceUuid: string;
  readonly nodeId: number;
  readonly version: number;
}

export type NodeClaimOutcome =
  | { readonly outcome: 'claimed'; readonly epoch: number; readonly version: number }
  /** Another server has the node, or the node has changed since the filters saw it. */
  | { readonly outcome: 'lost' }
  /** What the guard looks at is not as it was. */
  | { readonly outcome: 'refused' }
  /** The build has its node already, has come to another try, or is being cancelled. */
  | { readonly outcome: 'not-wanted' };

export interface ClaimOptions {
  /** Messages that announce the claim; they commit with it. */
  readonly tell: (out: Outgoing) => void;
  /** Asked while the operation and the instance are locked; may lock more, but no node. */
  readonly guard?: ((sql: Queries) => Promise<boolean>) | undefined;
}

/**
 * Claims the node for the build: one statement, that is one round trip and one transaction, unless there is a guard.
 * Locks, in this order: operation, instance, (the guard's,) node, streams of messages. Idempotent: a second time it is
 * not wanted.
 */
export async function claimNode(
  database: Database,
  claim: NodeClaim,
  { tell, guard }: ClaimOptions,
): Promise<NodeClaimOutcome> {
  if (guard === undefined) {
    const out = new Outgoing();
    tell(out);
    return outcomeOf(await database.write('claim_node', out, () => claimStatement(claim, out)));
  }
  return database.quickTransaction(async ({ sql, out, finish }) => {
    if (!(await isWanted(sql, claim))) {
      return notWanted;
    }
    if (!(await guard(sql))) {
      return refused;
    }
    tell(out);
    return outcomeOf([await finish<ClaimRow>(() => claimStatement(claim, out))]);
  });
}

const notWanted = { outcome: 'not-wanted' } as const;
const refused = { outcome: 'refused' } as const;

interface ClaimRow {
  readonly wanted: boolean;
  readonly epoch: number | null;
  readonly version: number | null;
}

/** States of a claimable node that was claimed before; the column of a node never claimed is NULL. */
const claimable = nodeStates.sources('claim').filter((state) => state !== nodeState.available);

/** READ COMMITTED: if the UPDATE had to wait for the row, PostgreSQL checks the conditions again on its new version. */
function claimStatement(claim: NodeClaim, out: Outgoing): Prisma.Sql {
  const { operationId, instanceUuid, nodeId, version } = claim;
  return Prisma.sql`
    WITH ${wanted(claim)}, claimed AS (
      UPDATE nodes SET instance_uuid = ${instanceUuid}::uuid, epoch = nodes.epoch + 1, boot_mode = 'none', fault = NULL,
             touched = NULL, task_state = ${word(nodeState.building)}, operation_id = ${operationId}::uuid
        FROM wanted
       WHERE nodes.id = ${nodeId} AND nodes.version = ${version} AND nodes.instance_uuid IS NULL
         AND (nodes.task_state IS NULL OR nodes.task_state IN ${among(claimable)})
         AND NOT nodes.maintenance AND nodes.deleted_at IS NULL
      RETURNING nodes.id, nodes.epoch, nodes.version
    ), placed AS (
      UPDATE operations SET node_id = claimed.id, epoch = claimed.epoch, awaiting = NULL
        FROM claimed WHERE operations.id = ${operationId}::uuid
    ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM claimed)`)}
    SELECT EXISTS (SELECT FROM wanted) AS wanted,
           (SELECT epoch FROM claimed) AS epoch, (SELECT version FROM claimed) AS version,
           ${writtenStreams}`;
}

function outcomeOf([row]: readonly ClaimRow[]): NodeClaimOutcome {
  if (row?.wanted !== true) {
    return notWanted;
  }
  return row.epoch === null || row.version === null
    ? { outcome: 'lost' }
    : { outcome: 'claimed', epoch: row.epoch, version: row.version };
}

async function isWanted(sql: Queries, claim: NodeClaim): Promise<boolean> {
  const rows = await sql.$queryRaw<unknown[]>`WITH ${wanted(claim)} SELECT FROM wanted`;
  return rows.length > 0;
}

/**
 * The instance, it and its operation locked, the operation first; nothing when the build waits for no node any more.
 */
const wanted = ({ operationId, attempt, instanceUuid }: NodeClaim): Prisma.Sql => Prisma.sql`
  waiting AS MATERIALIZED (
    SELECT id FROM operations
     WHERE id = ${operationId}::uuid AND awaiting = 'claim' AND NOT cancel_requested AND attempt = ${attempt}
       FOR UPDATE
  ), wanted AS MATERIALIZED (
    SELECT uuid FROM instances WHERE uuid = ${instanceUuid}::uuid AND EXISTS (SELECT FROM waiting) FOR UPDATE
  )`;
