import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkExtraSpecs } from '../../../services/api/src/compute/flavors/extra-spec-rules.js';
import { availableFilters } from '../../../services/scheduler/src/filters/index.js';
import { aFlavor, aRequest } from '../../../services/scheduler/src/testing/a-request.js';
import { aScene } from '../../../services/scheduler/src/testing/a-scene.js';

const keys = fc.constantFrom(
  ...['trait:GPU', 'resources:CUSTOM_GOLD', 'resources:VCPU', 'node:exact_size', 'gen'],
  ...['capabilities:a:b', 'aggregate_instance_extra_specs:x', 'pci_passthrough:alias'],
  ...['trust:trusted_host', 'quota:x'],
);
const values = fc.constantFrom(
  ...['', '0', '1', '2', '8192', '1.5', 'required', 'maybe', 'true', 'True', '>=', '>= 4'],
  ...['>= x', '<or>', '<or> a', '<in>', 'gpu', 'gpu:1', 'gpu:1,', 'gpu:x', 'a b'],
);

test('every filter can read the extra specs that the API accepts', () => {
  let taken = 0;
  fc.assert(
    fc.property(keys, values, (key, value) => {
      const extra_specs = { [key]: value };
      try {
        checkExtraSpecs(extra_specs);
      } catch {
        return;
      }
      taken += 1;
      const request = aRequest({ flavor: aFlavor({ extra_specs }) });
      for (const filter of availableFilters) {
        filter.prepare(request, aScene());
      }
    }),
    { seed: 4, numRuns: 600 },
  );
  expect(taken).toBeGreaterThan(100);
});
