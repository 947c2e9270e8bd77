import { Fault, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { afterLocalRetries } from './retry-policy.js';

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
