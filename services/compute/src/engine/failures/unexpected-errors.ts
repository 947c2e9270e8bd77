import { newestStep, noteStep } from '@metalcast/db/compute';
import { Fault, type FaultRecord } from '@metalcast/domain';
import { backoff } from '@metalcast/work';
import { z } from 'zod';
import type { Turn } from '../turn.js';

/** After so many turns in a row with an unexpected error the step has failed. */
const unexpectedMax = 8;

const pauses = { shortestMs: 1000, longestMs: 60_000 };
/** A turn that follows a pause by more than this had good ones before it. */
const streakWindowMs = 60_000;

/** Why turns with errors count as consecutive: by their times, or because this process has seen and paced them. */
export type Streak = 'timed' | 'seen';

const stored = z.object({ details: z.object({ errorsInRow: z.int() }) });

/**
 * Counts a turn with an unexpected error, in the row of the step's try, and pauses the operation, longer each time, so
 * that it does not take the time of others. Wake-ups before the retry time do not count as attempts; attempts that this
 * process has paced do.
 */
export async function recordUnexpected(turn: Turn, streak: Streak): Promise<void> {
  const { sql, operation, node, now } = turn;
  if (streak === 'timed' && turn.isBeforeDeadline()) {
    return;
  }
  const last = await lastUnexpected(turn, streak);
  const errorsInRow = (last?.errorsInRow ?? 0) + 1;
  const { details, ...fault } = unexpected(turn);
  await noteStep(
    sql,
    { id: last?.id, operationId: operation.id },
    {
      step: operation.step,
      attempt: operation.stepAttempt,
      undo: operation.undoing,
      node: node?.uuid ?? null,
      startedAt: now,
      finishedAt: now,
      result: 'Error',
      detail: { ...fault, details: { ...details, errorsInRow } },
    },
  );
  turn.save({ deadlineAt: turn.in(pauseMs(errorsInRow)) });
}

/** The fault of a step whose turns keep throwing. */
export function unexpected({ operation }: Turn): FaultRecord {
  const details = { reference: operation.id, service: 'compute' };
  return new Fault('INTERNAL', details).toRecord(operation.step);
}

/** Whether the present step has thrown too often, and the operation has not moved on since. */
export const retriesExhausted = async (turn: Turn): Promise<boolean> =>
  ((await lastUnexpected(turn, 'timed'))?.errorsInRow ?? 0) >= unexpectedMax;

/** The streak that this turn continues: nothing was begun since, and the last error is recent. */
async function lastUnexpected(
  { sql, operation, now }: Turn,
  streak: Streak,
): Promise<{ readonly id: string; readonly errorsInRow: number } | undefined> {
  const newest = await newestStep(sql, operation.id);
  const detail = stored.safeParse(newest?.detail);
  if (newest === undefined || newest.finishedAt === null || !detail.success) {
    return undefined;
  }
  const { errorsInRow } = detail.data.details;
  const isOf = newest.step === operation.step && newest.undo === operation.undoing;
  const until = newest.finishedAt.getTime() + pauseMs(errorsInRow) + streakWindowMs;
  const isUnbroken = streak === 'seen' || until > now.getTime();
  return isOf && isUnbroken ? { id: newest.id, errorsInRow } : undefined;
}

/** After so many failures in a row. */
export const pauseMs = (errorsInRow: number): number => backoff(errorsInRow, pauses);
