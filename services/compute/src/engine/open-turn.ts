import type { RequestContext } from '@metalcast/contracts';
import type { Operation, Tx } from '@metalcast/db';
import type { ComputeConfig } from '../config.js';
import type { Turn } from './step.js';

interface Opening {
  readonly operation: Operation;
  /** The database's clock, read under the locks. */
  readonly now: Date;
  readonly config: ComputeConfig;
}

/** Reads what the operation works on; the caller has locked it. */
export async function openTurn(
  { sql, out }: Tx,
  { operation, now, config }: Opening,
): Promise<Turn> {
  const { instanceUuid, nodeId } = operation;
  const instance =
    instanceUuid === null ? null : await sql.instance.findUnique({ where: { uuid: instanceUuid } });
  const node = nodeId === null ? null : await sql.node.findUnique({ where: { id: nodeId } });
  return {
    sql,
    out,
    config,
    request: contextOf(operation),
    now,
    operation,
    instance: instance ?? undefined,
    node: node ?? undefined,
    startedAt: now,
  };
}

function contextOf({ requestId, projectId, userId }: Operation): RequestContext {
  return {
    requestId,
    ...(projectId === null ? {} : { projectId }),
    ...(userId === null ? {} : { userId }),
  };
}
