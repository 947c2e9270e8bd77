import { expect, test } from 'vitest';
import { deployImageIds } from './deploy-image-ids.js';

const defaults = { kernel: 'configured-kernel', ramdisk: 'configured-ramdisk' };

test('the flavor decides, else the configuration', () => {
  const flavor = {
    extra_specs: { 'baremetal:deploy_kernel_id': 'k1', 'baremetal:deploy_ramdisk_id': '' },
  };
  expect(deployImageIds('n', flavor, defaults)).toEqual({
    kernel: 'k1',
    ramdisk: 'configured-ramdisk',
  });
  expect(deployImageIds('n', undefined, defaults)).toEqual(defaults);
});

test('neither: a fault that says which', () => {
  expect(() => deployImageIds('n', {}, { ...defaults, ramdisk: undefined })).toThrow(
    'No deploy ramdisk is configured for node n.',
  );
});
