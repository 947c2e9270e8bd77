import type { Prisma } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';
import type { Turn } from './step.js';

/** Writes the operation's row, which the turn holds. */
export async function save(turn: Turn, data: Prisma.OperationUncheckedUpdateInput): Promise<void> {
  turn.operation = await turn.sql.operation.update({ where: { id: turn.operation.id }, data });
}

/** The time of the step that is open counts from now. */
export async function startAnew({ sql, operation, now }: Turn): Promise<void> {
  await sql.operationStep.updateMany({
    where: { operationId: operation.id, finishedAt: null },
    data: { startedAt: now },
  });
}

/** Ends the step that is open, if any. */
export async function closeStep(
  { sql, operation, now }: Turn,
  result: 'Success' | 'Error',
  fault?: FaultRecord,
): Promise<void> {
  await sql.operationStep.updateMany({
    where: { operationId: operation.id, finishedAt: null },
    data: { finishedAt: now, result, ...(fault === undefined ? {} : { detail: toJson(fault) }) },
  });
}

export const toJson = (fault: FaultRecord): object => ({ ...fault });
