import { label } from '../fleet/host-state.js';
import { inNumber } from './plural.js';
import type { Explained, Refused } from './explain.js';

/**
 * Explains in one sentence why no node was found: each reason with its number of nodes, and a few names. `counts`
 * leaves out the names, for those who do not run the cloud.
 */
export const sentence = (explained: Explained): string => explainedIn(explained, namesOf);

export const counts = (explained: Explained): string => explainedIn(explained, () => '');

type Names = (refused: Refused) => string;

function explainedIn({ nodes, fitting, refused }: Explained, names: Names): string {
  if (nodes === 0) {
    return 'No node is enrolled.';
  }
  const [only] = refused;
  if (nodes === 1 && only !== undefined) {
    return `The only node ${only.reason}${names(only)}.`;
  }
  const fit =
    fitting.length === 0 ? [] : [`${fitting.length} ${fitting.length === 1 ? 'fits' : 'fit'}`];
  const parts = [...refused]
    .sort((one, other) => other.count - one.count || one.order - other.order)
    .map((one) => `${one.count} ${inNumber(one.reason, one.count)}${names(one)}`);
  return `Of ${nodes === 1 ? '1 node' : `${nodes} nodes`}, ${[...fit, ...parts].join('; ')}.`;
}

function namesOf({ count, examples }: Refused): string {
  const more = count > examples.length ? ', …' : '';
  return `: ${examples.map(label).join(', ')}${more}`;
}
