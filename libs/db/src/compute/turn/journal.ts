import type { Queries } from '../../sql/queries.js';
import type { JournalStep } from './write.js';

export interface NewestStep {
  readonly id: string;
  readonly step: string;
  readonly undo: boolean;
  readonly finishedAt: Date | null;
  readonly detail: unknown;
}

/** The step that the operation has begun last. */
export async function newestStep(
  sql: Queries,
  operationId: string,
): Promise<NewestStep | undefined> {
  const [row] = await sql.$queryRaw<NewestStep[]>`
    SELECT id::text, step, undo, finished_at AS "finishedAt", detail FROM operation_steps
     WHERE operation_id = ${operationId}::uuid ORDER BY id DESC LIMIT 1`;
  return row;
}

/** Writes a step that has ended, over the one with this id if there is one. */
export async function noteStep(
  sql: Queries,
  { id, operationId }: { readonly id: string | undefined; readonly operationId: string },
  step: Required<JournalStep>,
): Promise<void> {
  const { finishedAt, result } = step;
  const detail = JSON.stringify(step.detail);
  if (id === undefined) {
    await sql.$executeRaw`
      INSERT INTO operation_steps (operation_id, step, attempt, undo, node, started_at, finished_at, result, detail)
      VALUES (${operationId}::uuid, ${step.step}, ${step.attempt}, ${step.undo}, ${step.node}::uuid,
              ${step.startedAt}, ${finishedAt}, ${result}, ${detail}::jsonb)`;
  } else {
    await sql.$executeRaw`
      UPDATE operation_steps SET finished_at = ${finishedAt}, result = ${result}, detail = ${detail}::jsonb
       WHERE id = ${id}::bigint`;
  }
}
