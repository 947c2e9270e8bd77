import { expect, test } from 'vitest';
import { checkExtraSpecs } from './extra-spec-rules.js';

const check = (key: string, value: string) => () => {
  checkExtraSpecs({ harmless: 'x', [key]: value });
};

test.each([
  ['cpu_arch', 'x86_64'],
  ['gen', '>= 9'],
  ['resource_class', 'BAREMETAL_GOLD'],
  ['capabilities:ssd', '<or> yes <or> true'],
  ['capabilities:cpu:flags', '<in> avx'],
  ['trait:HW_GPU', 'required'],
  ['trait:CUSTOM_X', 'forbidden'],
  ['resources:CUSTOM_GOLD', '1'],
  ['resources:VCPU', '0'],
  ['node:exact_size', 'true'],
  ['node:exact_size', 'false'],
  ['baremetal:deploy_kernel_id', '>='],
  ['resources:MEMORY_MB', '8192'],
  ['aggregate_instance_extra_specs:x', '<or> a'],
  ['pci_passthrough:alias', 'gpu:2, nic:1'],
  ['pci_passthrough:other', 'gpu'],
  ['node:other', '>='],
  ['traits', '= 1'],
])('%s = %s is taken', (key, value) => {
  expect(check(key, value)).not.toThrow();
});

test.each([
  ['trait:HW_GPU', 'maybe', 'a trait is required or forbidden'],
  ['trait:HW_GPU', '', 'a trait is required or forbidden'],
  ['trait:hw_gpu', 'required', 'a trait is named in capital letters, digits and _'],
  ['trait:', 'required', 'a trait is named in capital letters, digits and _'],
  ['resources:CUSTOM_GOLD', '-1', 'the count of a resource class is 1, or 0'],
  ['resources:CUSTOM_GOLD', '2', 'the count of a resource class is 1, or 0'],
  ['resources:VCPU', '1.5', 'a size is a whole number from 0'],
  ['pci_passthrough:alias', 'gpu', 'devices are given as alias:count, separated by commas'],
  ['aggregate_instance_extra_specs:x', '<or>', 'the operator <or> has no operand'],
  ['resources:gold', '1', 'a resource class is named in capital letters, digits and _'],
  ['node:exact_size', 'True', 'it must be true or false'],
  ['cpu-arch', 'x86_64', 'the key is cpu_arch'],
  ['deploy_kernel_id', 'k', 'the key is baremetal:deploy_kernel_id'],
  ['deploy_ramdisk_id', 'r', 'the key is baremetal:deploy_ramdisk_id'],
])('%s = %s is refused', (key, value, reason) => {
  expect(check(key, value)).toThrow(
    `The extra spec ${key}: the value '${value}' cannot be read: ${reason}.`,
  );
});

test.each([
  ['gen', '>='],
  ['gen', '>= nine'],
  ['capabilities:ssd', '<or>'],
  ['capabilities:cpu:flags', '<in>'],
])('%s = %s is refused for its operator', (key, value) => {
  expect(check(key, value)).toThrow(`The extra spec ${key}: the value '${value}' cannot be read: `);
});
