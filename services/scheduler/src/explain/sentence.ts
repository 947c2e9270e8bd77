import { label } from '../fleet/host-state.js';
import { inNumber } from './agreement.js';
import type { Explained } from './explain.js';

/** Explains in one sentence, for the owner of a server, why no node was found: each reason with its number of nodes. */
export function sentence({ nodes, fitting, refused }: Explained): string {
  if (nodes === 0) {
    return 'No node is enrolled.';
  }
  const [only] = refused;
  if (nodes === 1 && only !== undefined) {
    return `The only node ${only.reason}: ${only.examples.map(label).join('')}.`;
  }
  const fit =
    fitting.length === 0 ? [] : [`${fitting.length} ${fitting.length === 1 ? 'fits' : 'fit'}`];
  const parts = [...refused]
    .sort((one, other) => other.count - one.count || one.order - other.order)
    .map(({ reason, count, examples }) => {
      const more = count > examples.length ? ', …' : '';
      return `${count} ${inNumber(reason, count)}: ${examples.map(label).join(', ')}${more}`;
    });
  return `Of ${nodes === 1 ? '1 node' : `${nodes} nodes`}, ${[...fit, ...parts].join('; ')}.`;
}
