import { faults, isFaultCode } from '@metalcast/domain';
import type { ListedNode } from '../../api/nodes.js';

/** The fault, its evidence and the remedy. Commands in the remedy name the node. */
export function faultSentence(fault: ListedNode['fault'], node: string): string {
  if (fault === null || fault === undefined) {
    return '';
  }
  const { code, message, evidence = [] } = fault;
  const seen = evidence.length === 0 ? '' : ` Seen: ${evidence.join('; ')}.`;
  const remedy = isFaultCode(code) ? ` ${faults[code].remedy.replaceAll(/\bNODE\b/g, node)}` : '';
  return `${code}: ${message}${seen}${remedy}`;
}
