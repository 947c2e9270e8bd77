import { expect, test } from 'vitest';
import { tidyForwardedFor } from './forwarded-for.js';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:1234', '192.0.2.7'],
  ['"192.0.2.7:1234"', '192.0.2.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:1234', '2001:db8::1'],
  ['"[2001:db8::1]:1234"', '2001:db8::1'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ['192.0.2.1:5, ,[2001:db8::1]:6,192.0.2.3', '192.0.2.1, 2001:db8::1, 192.0.2.3'],
  ['192.0.2.1, unknown, 192.0.2.3', '192.0.2.3'],
  ['192.0.2.1, _hidden', ''],
  ['127.1', ''],
  ['1234', ''],
  ['', ''],
])('%s says %s', (given, tidy) => {
  const headers = { 'x-forwarded-for': given };
  tidyForwardedFor(headers);
  expect(headers).toEqual({ 'x-forwarded-for': tidy });
});

test('without the header there is none', () => {
  const headers = {};
  tidyForwardedFor(headers);
  expect(headers).toEqual({});
});
