import type { Operation } from '@metalcast/db';
import { isUuid } from '@metalcast/domain';

type Try = Pick<Operation, 'id' | 'attempt' | 'undoing' | 'step' | 'stepAttempt'>;

/**
 * The name of the power command of one try of one step: a repeated cast finds the command and does not carry it out
 * again.
 */
export const powerKey = ({ id, attempt, undoing, step, stepAttempt }: Try): string =>
  [id, attempt, `${undoing ? 'undo:' : ''}${step}`, stepAttempt].join('/');

/** Whether an operation has given the command. Commands of people are named by the ids of their messages. */
export function isOperationsKey(key: unknown): boolean {
  const [id = '', ...rest] = String(key).split('/');
  return isUuid(id) && rest.length > 0;
}
