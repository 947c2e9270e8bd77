// test/golden/nova-filters.py recorded the results of Nova's own filters. Our filters of the same names must agree,
// except for the deviations listed with a reason.
import { readFileSync } from 'node:fs';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { judged } from '../testing/a-scene.js';
import { requestOf, sceneOf, type NovaCase } from '../testing/nova-case.js';
import { availableFilters } from './index.js';

const file = new URL('../../../../test/golden/nova-filters.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly NovaCase[] };

function passes(novaCase: NovaCase): boolean {
  const scene = sceneOf(novaCase);
  const [free] = [...scene.fleet.all()];
  const filter = availableFilters.find(({ name }) => name === novaCase.filter);
  if (free === undefined || filter === undefined) {
    throw new Error(`there is no ${novaCase.filter}, or no host`);
  }
  try {
    return judged(filter, free, requestOf(novaCase), scene) === undefined;
  } catch (error) {
    // A request that cannot be judged passes no node.
    expect(error).toBeInstanceOf(Fault);
    return false;
  }
}

interface Deviation {
  readonly filter: string;
  readonly why: string;
  readonly concerns: (novaCase: NovaCase) => boolean;
}

const query = ({ request }: NovaCase): string => request.hints?.['query']?.[0] ?? '';

const deviations: readonly Deviation[] = [
  {
    filter: 'ComputeCapabilitiesFilter',
    why: 'as in 2013, a spec on a missing attribute is not met; later Nova ignores such a spec when its key has no scope',
    concerns: ({ host, request, nova }) =>
      nova === true &&
      Object.keys(request.extra_specs ?? {}).some(
        (key) => !key.includes(':') && !Object.hasOwn({ ...host.stats, free_ram_mb: 0 }, key),
      ),
  },
  {
    filter: 'ImagePropertiesFilter',
    why: 'as in the driver of 2013, the mode of these machines is baremetal; later Nova reports hvm',
    concerns: ({ request: { properties = {} }, nova }) =>
      nova === true && [properties['vm_mode'], properties['hw_vm_mode']].includes('hvm'),
  },
  {
    filter: 'JsonFilter',
    why: 'and, or and not of a not are evaluated logically: in Nova the list that a not returns is true unless it is empty',
    concerns: (novaCase) => /^\["\w+".*\["not"/.test(query(novaCase)),
  },
  {
    filter: 'JsonFilter',
    why: 'an empty string is compared: Nova drops it and compares the remaining values',
    concerns: (novaCase) => query(novaCase).includes('""'),
  },
  {
    filter: 'JsonFilter',
    why: 'a number and a string have no order, so the condition is false: Nova fails the request',
    concerns: ({ nova }) => nova === 'TypeError',
  },
  {
    filter: 'ComputeFilter',
    why: 'any live compute service runs the operations of any node, not only its own',
    concerns: ({ host: { service } }) =>
      service?.up === false && !service.disabled && service.other_is_up,
  },
];

const differing = cases.filter((novaCase) => passes(novaCase) !== (novaCase.nova === true));

test("our filters agree with Nova's", () => {
  const odd = differing.filter(
    (novaCase) =>
      !deviations.some(({ filter, concerns }) => filter === novaCase.filter && concerns(novaCase)),
  );
  expect(odd.map((novaCase) => JSON.stringify(novaCase))).toEqual([]);
});

test.each(deviations)('$filter differs: $why', ({ filter, concerns }) => {
  expect(
    differing.filter((novaCase) => novaCase.filter === filter && concerns(novaCase)),
  ).not.toEqual([]);
});

test.each([...new Set(cases.map(({ filter }) => filter))])('%s was seen to do both', (name) => {
  const verdicts = cases.filter(({ filter }) => filter === name).map(({ nova }) => nova === true);
  expect(new Set(verdicts).size).toBe(2);
});
