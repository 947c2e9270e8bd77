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

/**
 * Whether a power command is an operation's. An operation names the epoch of its node: what it gave before it lost the
 * node is stale.
 */
export const isFromOperation = (command: {
  readonly key: string;
  readonly epoch: number | null;
}): boolean => command.epoch !== null && isOperationsKey(command.key);
