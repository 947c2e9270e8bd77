import { Fault, type FaultRecord } from '@metalcast/domain';
import { z } from 'zod';
import { save, toJson } from './operation-rows.js';
import type { Turn } from './step.js';

/** After how many turns in a row that threw what no step foresaw the step has failed. */
const surprisesMax = 8;

const longestPauseMs = 60_000;
/** A turn that follows a pause by more than this had good ones before it. */
const seriesMs = 60_000;

const stored = z.object({ details: z.object({ surprises: z.int() }) });

/**
 * Counts a turn that threw, in the row that a step has for each of its tries, and lets the operation rest: longer
 * each time, so that it does not take the time of others. Whoever wakes the operation before its time is not counted, for a few events at once are not a few tries.
 */
export async function noteSurprise(turn: Turn): Promise<void> {
  const { sql, operation, node, now } = turn;
  if (operation.deadlineAt !== null && operation.deadlineAt > now) {
    return;
  }
  const last = await lastSurprise(turn);
  const surprises = (last?.surprises ?? 0) + 1;
  const { details, ...fault } = unexpected(turn);
  const data = {
    finishedAt: now,
    result: 'Error',
    detail: toJson({ ...fault, details: { ...details, surprises } }),
  };
  if (last === undefined) {
    const { id: operationId, step, stepAttempt: attempt, undoing: undo } = operation;
    const place = { operationId, step, attempt, undo, node: node?.uuid ?? null };
    await sql.operationStep.create({ data: { ...place, startedAt: now, ...data } });
  } else {
    await sql.operationStep.update({ where: { id: last.id }, data });
  }
  await save(turn, { deadlineAt: new Date(now.getTime() + pauseMs(surprises)) });
}

/** The fault of a step whose turns keep throwing. */
export function unexpected({ operation }: Turn): FaultRecord {
  const details = { reference: operation.id, service: 'compute' };
  return new Fault('INTERNAL', details).toRecord(operation.step);
}

/** Whether the present step has thrown too often, and nothing has moved it on since. */
export const isBeyondHope = async (turn: Turn): Promise<boolean> =>
  ((await lastSurprise(turn))?.surprises ?? 0) >= surprisesMax;

/** The series that this turn continues: nothing was begun since, and it is not long ago. */
async function lastSurprise({
  sql,
  operation,
  now,
}: Turn): Promise<{ readonly id: bigint; readonly surprises: number } | undefined> {
  const newest = await sql.operationStep.findFirst({
    where: { operationId: operation.id },
    orderBy: { id: 'desc' },
  });
  const detail = stored.safeParse(newest?.detail);
  if (newest === null || newest.finishedAt === null || !detail.success) {
    return undefined;
  }
  const { surprises } = detail.data.details;
  const isOf = newest.step === operation.step && newest.undo === operation.undoing;
  const until = newest.finishedAt.getTime() + pauseMs(surprises) + seriesMs;
  return isOf && until > now.getTime() ? { id: newest.id, surprises } : undefined;
}

const pauseMs = (surprises: number): number =>
  Math.min(1000 * 2 ** (surprises - 1), longestPauseMs);
