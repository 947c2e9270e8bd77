import { isUuid } from '../ids.js';

/** One try of one step of an operation. */
interface Try {
  readonly id: string;
  readonly attempt: number;
  readonly undoing: boolean;
  readonly step: string;
  readonly stepAttempt: number;
}

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
