import { Fault, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { afterLocalRetries, passesByItself } from './retry-policy.js';

test.each([
  ['SERVICE_LOST', 'other-node'],
  ['UNAVAILABLE', 'other-node'],
  ['POWER_NO_TOOL', 'other-node'],
  ['INTERNAL', 'other-node'],
  ['IMAGE_CORRUPT', 'same-node'],
  ['POWER_REFUSED', 'other-node'],
  ['IMAGE_MISSING', 'no'],
] as const satisfies [FaultCode, string][])(
  '%s after all tries on the node: %s',
  (code, retryable) => {
    expect(afterLocalRetries(new Fault(code).toRecord())).toMatchObject({ code, retryable });
  },
);

test.each([
  ['SERVICE_LOST', true],
  ['UNAVAILABLE', true],
  ['POWER_NO_TOOL', true],
  ['INTERNAL', false],
  ['POWER_AUTH', false],
] as const satisfies [FaultCode, boolean][])('%s passes by itself: %s', (code, passes) => {
  expect(passesByItself(new Fault(code).toRecord())).toBe(passes);
});
