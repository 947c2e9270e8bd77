import { scopeWords } from '../filter-patterns/scope-words.js';
import { listed, plural } from '../filters/filter.js';
import { label } from '../fleet/host-state.js';
import { diskGb, isForced, type PlacementRequest } from '../request/placement-request.js';
import { inNumber } from './plural.js';
import { changesFor, firstDetail, type Explained, type Nearest, type Refused } from './explain.js';
import type { RankedHost } from './weights.js';

const bestShown = 5;
const adviceShown = 3;

/** The answer of explain as text: one line per reason with its count, the nearest miss, and what to change. */
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
  if (nodes === 0) {
    return 'No node is enrolled.';
  }
  const { length: fit } = fitting;
  const what = [flavorText(request), ...conditions(request)].join(', ');
  const all =
    nodes === 1 ? 'The only node' : `${fit === nodes ? 'All' : fit} of the ${nodes} nodes`;
  if (fit === 0) {
    return `${nodes === 1 ? 'The only node does not fit' : `None of the ${nodes} nodes fits`} ${what}.`;
  }
  return `${all} ${fit === 1 ? 'fits' : 'fit'} ${what}.`;
}

function flavorText({ flavor }: PlacementRequest): string {
  const { vcpus, memory_mb: memory, extra_specs: specs } = flavor;
  const sizes = `${plural(vcpus, 'CPU')}, ${memory} MiB of memory, ${diskGb(flavor)} GiB of disk`;
  const more = Object.entries(specs).map(([key, value]) => `${key} "${value}"`);
  return `flavor ${flavor.name} (${[sizes, ...more].join(', ')})`;
}

/** The conditions of the request besides its flavor. */
function conditions(request: PlacementRequest): string[] {
  const { zone, group, forcedHosts, forcedNodes } = request;
  return [
    ...(zone === null || zone === '' ? [] : [`zone ${zone}`]),
    ...(group === null
      ? []
      : [`server group ${group.name} (${group.policy} by ${scopeWords[group.scope]})`]),
    ...(isForced(request) ? [`forced to ${[...forcedHosts, ...forcedNodes].join(', ')}`] : []),
  ];
}

function bestLines(ranked: readonly RankedHost[]): string[] {
  if (ranked.length === 0) {
    return [];
  }
  const shown = ranked.slice(0, bestShown);
  const width = Math.max(...shown.map(({ host }) => label(host).length));
  const lines = shown.map(({ host, total, weights }) => {
    const named = Object.entries(weights).map(([name, weight]) => `${name} ${weight.toFixed(2)}`);
    const parts = named.length > 1 ? ` (${named.join(', ')})` : '';
    return `  ${label(host).padEnd(width)}  weight ${total.toFixed(2)}${parts}`;
  });
  const more = ranked.length - shown.length;
  return ['', 'Best first:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function refusalLines({ refused }: Explained): string[] {
  if (refused.length === 0) {
    return [];
  }
  const width = Math.max(...refused.map(({ count }) => String(count).length));
  const indent = ' '.repeat(width + 4);
  const lines = refused.flatMap((one) => [
    `  ${String(one.count).padStart(width)}  ${inNumber(one.reason, one.count)}  [${one.filter}]`,
    `${indent}${nearestLine(one)}`,
  ]);
  return ['', 'Rejected, each node by the first filter that it does not pass:', ...lines];
}

function nearestLine({ count, nearest }: Refused): string {
  const { host, misses } = nearest;
  const others = misses.slice(1);
  const what = count === 1 ? label(host) : `nearest: ${label(host)}`;
  const facts = firstDetail(nearest);
  const detail = facts === undefined ? '' : ` (${facts})`;
  const also =
    others.length === 0 ? '' : `; it also ${listed(others.map(({ miss }) => miss.reason))}`;
  return `${what}${detail}${also}`;
}

/** The nodes with the fewest misses, one per reason, each with all changes that would make the node fit. */
function advice({ fitting, refused }: Explained): string[] {
  const nearest = refused.map((one) => one.nearest).filter((one) => changesFor(one).length > 0);
  const least = Math.min(...nearest.map(against));
  const easiest = nearest.filter((one) => against(one) === least).slice(0, adviceShown);
  if (fitting.length > 0 || easiest.length === 0) {
    return [];
  }
  const lines = easiest.map((one) => ({
    node: label(one.host),
    changes: changesFor(one).join('; and '),
  }));
  return lines.length === 1
    ? ['', ...lines.map(({ node, changes }) => `To make ${node} fit: ${changes}.`)]
    : [
        '',
        'To make a node fit, one of these:',
        ...lines.map(({ node, changes }) => `  ${node}: ${changes}`),
      ];
}

/** Sort key: nodes with a server come last. */
const against = ({ host, misses }: Nearest): number =>
  misses.length + (host.instanceUuid === null ? 0 : 1000);
