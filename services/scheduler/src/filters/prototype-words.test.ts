// Names of Object.prototype must have no effect as names in a flavor, image, hint, node or aggregate.
import { Fault } from '@metalcast/domain';
import { hostileName, prototypeWords } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlacementRequest } from '../request/placement-request.js';
import { aFleet, anAggregate, uuidOf } from '../testing/a-fleet.js';
import { aFlavor, aRequest } from '../testing/a-request.js';
import { aScene } from '../testing/a-scene.js';
import { textFor, type KindJudges, type Miss } from './filter.js';
import { availableFilters } from './index.js';

const word = fc.constantFrom(...prototypeWords);
const scope = fc.constantFrom(
  '',
  'capabilities:',
  'aggregate_instance_extra_specs:',
  'trait:',
  'resources:',
);
const pairs = (key: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> =>
  fc
    .array(fc.tuple(key, fc.oneof(word, fc.constantFrom('required', '1', '<in> a', '= 1'))), {
      maxLength: 2,
    })
    .map((entries) => Object.fromEntries(entries));
const request = fc
  .record({
    name: word,
    specs: pairs(
      fc.tuple(scope, word, fc.constantFrom('', ':constructor')).map((parts) => parts.join('')),
    ),
    properties: pairs(hostileName('architecture', 'hypervisor_type', 'vm_mode', 'trait:__proto__')),
    query: fc.option(word.map((name) => JSON.stringify(['=', `$${name}`, `$stats.${name}.name`]))),
    alias: fc.option(word.map((name) => `${name}:1`)),
  })
  .map(({ name, specs, properties, query, alias }): PlacementRequest => {
    const asked = alias === null ? {} : { 'pci_passthrough:alias': alias };
    return aRequest({
      flavor: aFlavor({ name, extra_specs: { ...specs, ...asked } }),
      image: { id: uuidOf(900), properties },
      projectId: name,
      zone: name,
      hints: query === null ? {} : { query },
    });
  });
const node = fc.record({
  cpu_arch: word,
  resource_class: word,
  traits: fc.subarray([...prototypeWords]),
  capabilities: pairs(word),
  rack: word,
});
const metadata = pairs(hostileName('filter_tenant_id', 'instance_type'));

const isText = (text: string | undefined): boolean =>
  text === undefined || !/\[object|native code|\bfunction\b/.test(text);

test('a filter reads only the given values, and no text contains a serialised object', () => {
  fc.assert(
    fc.property(request, node, metadata, (asked, row, told) => {
      const fleet = aFleet([row], [anAggregate(1, [uuidOf(1)], told)]);
      const scene = aScene({ fleet });
      for (const filter of availableFilters) {
        let judges: KindJudges;
        try {
          judges = filter.prepare(asked, scene);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          continue;
        }
        for (const host of fleet.all()) {
          const miss: Miss | undefined = judges.kind?.(host.kind) ?? judges.node?.(host);
          const { reason, detail = '', change = '' } = miss ?? { reason: '' };
          const said = [reason, textFor(detail, host), textFor(change, host)];
          expect(said.filter((text) => !isText(text))).toEqual([]);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test.each(prototypeWords)('no node and no aggregate has %s, unless it was given one', (name) => {
  const asked = ['', 'capabilities:', 'aggregate_instance_extra_specs:'].map((before) =>
    aRequest({ flavor: aFlavor({ extra_specs: { [`${before}${name}`]: 's!= x' } }) }),
  );
  const fleet = aFleet([{}], [anAggregate(1, [uuidOf(1)], {})]);
  const filters = availableFilters.filter(({ name: filter }) =>
    ['ComputeCapabilitiesFilter', 'AggregateInstanceExtraSpecsFilter'].includes(filter),
  );
  const rejected = asked.map((one) =>
    filters.filter((filter) => {
      const { kind } = filter.prepare(one, aScene({ fleet }));
      return [...fleet.all()].some((host) => kind?.(host.kind) !== undefined);
    }),
  );
  expect(rejected.map(({ length }) => length)).toEqual([2, 1, 1]);
});
