import { expect, test } from 'vitest';
import { deployImageIds } from './deploy-image-ids.js';

const defaults = { kernel: 'configured-kernel', ramdisk: 'configured-ramdisk' };

test("the flavor's images are used, else the configured ones", () => {
  const flavor = {
    extra_specs: { 'baremetal:deploy_kernel_id': 'k1', 'baremetal:deploy_ramdisk_id': '' },
  };
  expect(deployImageIds('n', flavor, defaults)).toEqual({
    kernel: 'k1',
    ramdisk: 'configured-ramdisk',
  });
  expect(deployImageIds('n', undefined, defaults)).toEqual(defaults);
});

test('without either: a fault that names the missing one', () => {
  expect(() => deployImageIds('n', {}, { ...defaults, ramdisk: undefined })).toThrow(
    'No deploy ramdisk is configured for node n.',
  );
});
