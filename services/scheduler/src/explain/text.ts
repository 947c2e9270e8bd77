import { label } from '../fleet/host-state.js';
import { diskGb, isForced, type PlacementRequest } from '../request/placement-request.js';
import type { Explained, Nearest, Refused } from './explain.js';
import type { RankedHost } from './weights.js';

const bestShown = 5;

/** The answer of explain for people: one line per reason with its count, the nearest miss, and what to change. */
export function explanationText(
  request: PlacementRequest,
  explained: Explained,
  ranked: readonly RankedHost[],
): string {
  return [
    heading(request, explained),
    ...bestLines(ranked),
    ...refusalLines(explained),
    ...advice(explained),
  ]
    .join('\n')
    .concat('\n');
}

function heading(request: PlacementRequest, { nodes, fitting }: Explained): string {
  const { flavor } = request;
  const what = `flavor ${flavor.name} (${flavor.vcpus} CPUs, ${flavor.memory_mb} MiB, ${diskGb(flavor)} GiB)`;
  const forced = isForced(request) ? ', forced to the host or node that was named' : '';
  if (nodes === 0) {
    return 'No node is enrolled.';
  }
  const of = nodes === 1 ? 'the 1 node' : `the ${nodes} nodes`;
  const fit = fitting.length === 0 ? `None of ${of} fits` : `${fitting.length} of ${of} fit`;
  return `${fit} ${what}${forced}.`;
}

function bestLines(ranked: readonly RankedHost[]): string[] {
  if (ranked.length === 0) {
    return [];
  }
  const lines = ranked.slice(0, bestShown).map(({ host, total, weights }) => {
    const told = Object.entries(weights).map(([name, weight]) => `${name} ${weight.toFixed(2)}`);
    return `  ${label(host)}  weight ${total.toFixed(2)}${told.length > 1 ? ` (${told.join(', ')})` : ''}`;
  });
  const more = ranked.length - bestShown;
  return ['', 'Best first:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function refusalLines({ refused }: Explained): string[] {
  if (refused.length === 0) {
    return [];
  }
  const width = Math.max(...refused.map(({ count }) => String(count).length));
  const indent = ' '.repeat(width + 4);
  const lines = refused.flatMap((one) => [
    `  ${String(one.count).padStart(width)}  ${one.reason}  [${one.filter}]`,
    `${indent}${nearestLine(one)}`,
  ]);
  return ['', 'Rejected, each node by the first filter that does:', ...lines];
}

function nearestLine({ count, nearest: { host, misses } }: Refused): string {
  const [first, ...others] = misses;
  const what = count === 1 ? label(host) : `nearest ${label(host)}`;
  const detail = first?.miss.detail === undefined ? '' : `: ${first.miss.detail}`;
  const also =
    others.length === 0 ? '' : `; it also ${others.map(({ miss }) => miss.reason).join(', ')}`;
  return `${what}${detail}${also}`;
}

/** The node with the least against it, and all that would have to change for it to fit. */
function advice({ fitting, refused }: Explained): string[] {
  const nearest = refused
    .map((one) => one.nearest)
    .filter(({ misses }) => changes(misses) !== undefined);
  const easiest = nearest.reduce<Nearest | undefined>(
    (best, one) => (best === undefined || one.misses.length < best.misses.length ? one : best),
    undefined,
  );
  if (fitting.length > 0 || easiest === undefined) {
    return [];
  }
  return ['', `To make ${label(easiest.host)} fit: ${changes(easiest.misses) ?? ''}.`];
}

/** Undefined when something stands against the node that nobody can change. */
function changes(misses: Nearest['misses']): string | undefined {
  const told = misses.map(({ miss }) => miss.change);
  return told.includes(undefined) ? undefined : [...new Set(told)].join('; and ');
}
