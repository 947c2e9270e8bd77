import { label } from '../fleet/host-state.js';
import type { Explained } from './explain.js';

/** Why no node was found, in a sentence for the user of a server: each reason with the number of nodes it holds for. */
export function sentence({ nodes, refused }: Explained): string {
  if (nodes === 0) {
    return 'No node is enrolled.';
  }
  const parts = [...refused]
    .sort((one, other) => other.count - one.count || one.order - other.order)
    .map(({ reason, count, examples }) => {
      const more = count > examples.length ? ', …' : '';
      return `${reason}: ${count} (${examples.map(label).join(', ')}${more})`;
    });
  return `Of ${nodes === 1 ? '1 node' : `${nodes} nodes`}, ${parts.join('; ')}.`;
}
