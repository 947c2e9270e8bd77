import { expect, test } from 'vitest';
import { computeMinors, Microversion, negotiate } from './microversion.js';

const legacy = (version: string): Record<string, string> => ({
  'x-openstack-nova-api-version': version,
});
const current = (version: string): Record<string, string> => ({ 'openstack-api-version': version });

test.each([
  [{}, 1],
  [legacy('2.1'), 1],
  [legacy('2.10'), 10],
  [current('compute 2.10'), 10],
  [current('identity 3.1, compute 2.11'), 11],
  [current('identity 3.1'), 1],
  [{ ...legacy('2.2'), ...current('compute 2.3') }, 3],
  [legacy('latest'), computeMinors.max],
  [current('compute latest'), computeMinors.max],
])('%o asks for 2.%i', (headers, minor) => {
  expect(negotiate(headers).minor).toBe(minor);
});

test.each(['2.0', '1.1', '3.1', `2.${computeMinors.max + 1}`])('%s is out of range', (version) => {
  expect(() => negotiate(legacy(version))).toThrow('is not supported by the API');
});

test.each(['2', '2.', 'two', '2.01', '2.1.1', ''])('%o is malformed', (version) => {
  expect(() => negotiate(legacy(version))).toThrow('invalid format');
});

test('since', () => {
  expect([36, 37, 38].map((minor) => new Microversion(37).since(minor))).toEqual([
    true,
    true,
    false,
  ]);
});
