import { Fault } from '../faults/fault.js';

/**
 * The refusal of a command for a node that an operation works on: the same for whoever gives it, by HTTP or by a
 * message. `operationId`: null when it is not known.
 */
export function nodeInOperation(node: string, operationId: string | null): Fault {
  const work = operationId === null ? 'An operation' : `Operation ${operationId}`;
  return new Fault('CONFLICT', { reason: `${work} is working on node ${node}.` });
}
