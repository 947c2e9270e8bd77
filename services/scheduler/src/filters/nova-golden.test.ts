// Nova's own filters were asked once (test/golden/nova-filters.py); ours of their names say the same, but where it is
// told why not.
import { readFileSync } from 'node:fs';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { judged } from '../testing/a-scene.js';
import { requestOf, sceneOf, type NovaCase } from '../testing/nova-case.js';
import { availableFilters } from './index.js';

const file = new URL('../../../../test/golden/nova-filters.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly NovaCase[] };

function passes(told: NovaCase): boolean {
  const scene = sceneOf(told);
  const [free] = [...scene.fleet.all()];
  const filter = availableFilters.find(({ name }) => name === told.filter);
  if (free === undefined || filter === undefined) {
    throw new Error(`there is no ${told.filter}, or no host`);
  }
  try {
    return judged(filter, free, requestOf(told), scene) === undefined;
  } catch (error) {
    // Nothing passes a request that cannot be judged.
    expect(error).toBeInstanceOf(Fault);
    return false;
  }
}

interface Deviation {
  readonly filter: string;
  readonly why: string;
  readonly concerns: (told: NovaCase) => boolean;
}

const query = ({ request }: NovaCase): string => request.hints?.['query']?.[0] ?? '';

const deviations: readonly Deviation[] = [
  {
    filter: 'ComputeCapabilitiesFilter',
    why: 'as in 2013 a node without the attribute does not meet what is asked of it; Nova has since passed over a key without scope then',
    concerns: ({ host, request, nova }) =>
      nova === true &&
      Object.keys(request.extra_specs ?? {}).some(
        (key) => !key.includes(':') && !Object.hasOwn({ ...host.stats, free_ram_mb: 0 }, key),
      ),
  },
  {
    filter: 'ImagePropertiesFilter',
    why: 'as the driver of 2013 reported it, the mode of these machines is baremetal; Nova has since made hvm of that',
    concerns: ({ request: { properties = {} }, nova }) =>
      nova === true && [properties['vm_mode'], properties['hw_vm_mode']].includes('hvm'),
  },
  {
    filter: 'JsonFilter',
    why: 'and, or and not of a not are what they say: to Nova the list that a not makes is true when it is not empty',
    concerns: (told) => /^\["\w+".*\["not"/.test(query(told)),
  },
  {
    filter: 'JsonFilter',
    why: 'an empty text is a text: Nova leaves it out, and compares what is left',
    concerns: (told) => query(told).includes('""'),
  },
  {
    filter: 'JsonFilter',
    why: 'a number and a text are neither more nor less than each other: Nova fails the request',
    concerns: ({ nova }) => nova === 'TypeError',
  },
  {
    filter: 'ComputeFilter',
    why: 'any live compute service runs the operations of any node, not only its own',
    concerns: ({ host: { service } }) =>
      service?.up === false && !service.disabled && service.other_is_up,
  },
];

const differing = cases.filter((told) => passes(told) !== (told.nova === true));

test('ours say what Nova says', () => {
  const odd = differing.filter(
    (told) => !deviations.some(({ filter, concerns }) => filter === told.filter && concerns(told)),
  );
  expect(odd.map((told) => JSON.stringify(told))).toEqual([]);
});

test.each(deviations)('$filter differs: $why', ({ filter, concerns }) => {
  expect(differing.filter((told) => told.filter === filter && concerns(told))).not.toEqual([]);
});

test.each([...new Set(cases.map(({ filter }) => filter))])('%s was seen to do both', (name) => {
  const verdicts = cases.filter(({ filter }) => filter === name).map(({ nova }) => nova === true);
  expect(new Set(verdicts).size).toBe(2);
});
