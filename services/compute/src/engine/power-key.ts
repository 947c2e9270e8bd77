import type { Operation } from '@metalcast/db';
import { isUuid } from '@metalcast/domain';

type Try = Pick<Operation, 'id' | 'attempt' | 'undoing' | 'step' | 'stepAttempt'>;

/** Names the power command of one try of one step: cast again, it is found, not carried out again. */
export const powerKey = ({ id, attempt, undoing, step, stepAttempt }: Try): string =>
  [id, attempt, `${undoing ? 'undo:' : ''}${step}`, stepAttempt].join('/');

/** Whether an operation has given the command. Those of people are named by the ids of their messages. */
export function isOperationsKey(key: unknown): boolean {
  const [id = '', ...rest] = String(key).split('/');
  return isUuid(id) && rest.length > 0;
}
