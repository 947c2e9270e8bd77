import { expect, test } from 'vitest';
import { requestIdOf } from './request-id.js';

const given = 'req-01234567-89ab-4cde-8f01-23456789abcd';

test.each([[{ 'x-openstack-request-id': given }], [{ 'x-compute-request-id': given }]])(
  'a well-formed id is kept: %o',
  (headers) => {
    expect(requestIdOf({ headers })).toBe(given);
  },
);

test.each(['', 'req-1', `${given}\n`, `${given}x`, given.toUpperCase()])('%o is replaced', (id) => {
  const made = requestIdOf({ headers: { 'x-openstack-request-id': id } });
  expect(made).not.toBe(id);
  expect(requestIdOf({ headers: { 'x-openstack-request-id': made } })).toBe(made);
});
