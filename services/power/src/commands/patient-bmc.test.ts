import { Fault, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';
import type { Attempt, PowerDriver } from '../power-driver.js';
import { PatientBmc, type Permission } from './patient-bmc.js';

const { signal } = new AbortController();
const ask = <T>(request: (attempt: Attempt) => Promise<T>): Promise<T> =>
  request({ timeoutMs: 1, signal });
const permission: Permission = { signal, read: ask, change: ask, reach: () => undefined };

/** How often a BMC is asked that first answers `faults`, and how the last request ended. */
async function asked(faults: readonly FaultCode[], patience = Infinity): Promise<[number, string]> {
  let requests = 0;
  const driver = {
    on: () => {
      const code = faults[requests];
      requests += 1;
      return code === undefined ? Promise.resolve() : Promise.reject(new Fault(code));
    },
  } as unknown as PowerDriver;
  const bmc = new PatientBmc({ driver, permission, patience, onAnswer: () => undefined });
  const end = await bmc.on().then(
    () => 'accepted',
    (error: unknown) => (error as Fault).code,
  );
  return [requests, end];
}

test.each<[string, readonly FaultCode[], [number, string]]>([
  ['silent or busy is asked again', ['POWER_UNREACHABLE', 'POWER_BUSY'], [3, 'accepted']],
  ['refuses twice is asked again', ['POWER_REFUSED', 'POWER_REFUSED'], [3, 'accepted']],
  [
    'refuses three times is not',
    ['POWER_REFUSED', 'POWER_REFUSED', 'POWER_REFUSED'],
    [3, 'POWER_REFUSED'],
  ],
  ['refuses the password is not', ['POWER_AUTH'], [1, 'POWER_AUTH']],
])('a BMC that %s', async (_, faults, end) => {
  expect(await asked(faults)).toEqual(end);
});

test('of a BMC that counts as dead, one silence more is taken', async () => {
  const silent: FaultCode = 'POWER_UNREACHABLE';
  expect(await asked([silent, silent, silent], 1)).toEqual([2, silent]);
});
