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

/** The operation that gave the command. Undefined: a person's command, which is named by the id of its message. */
export function operationOf(key: unknown): string | undefined {
  const [id = '', ...rest] = String(key).split('/');
  return isUuid(id) && rest.length > 0 ? id : undefined;
}

/** Whether the key has the form of an operation's. Only `operations` tells whether there is such an operation. */
export const isOperationsKey = (key: unknown): boolean => operationOf(key) !== undefined;

/**
 * Whether a power command is an operation's. An operation names the epoch of its node: what it gave before it lost the
 * node is stale.
 */
export const isFromOperation = (command: {
  readonly key: string;
  readonly epoch: number | null;
}): boolean => command.epoch !== null && isOperationsKey(command.key);
