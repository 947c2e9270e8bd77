import { expect, test } from 'vitest';
import { bmcName, powerEnrolmentProblems, type PowerEnrolment } from './power-options.js';

const ipmi = (over: Partial<PowerEnrolment> = {}): PowerEnrolment => ({
  driver: 'ipmi',
  address: '10.0.0.1',
  user: 'admin',
  hasPassword: true,
  options: {},
  ...over,
});

test('a whole enrolment has no problems', () => {
  expect(powerEnrolmentProblems(ipmi())).toEqual([]);
  expect(powerEnrolmentProblems(ipmi({ address: 'fd00::1' }))).toEqual([]);
  expect(powerEnrolmentProblems(ipmi({ address: 'bmc-7.example.org', user: '' }))).toEqual([]);
  expect(
    powerEnrolmentProblems({
      driver: 'fake',
      address: 'http://127.0.0.1:8080/bmc/1',
      user: null,
      hasPassword: false,
      options: {},
    }),
  ).toEqual([]);
});

test.each<[string, Partial<PowerEnrolment>, RegExp]>([
  ['an unknown driver', { driver: 'redfish' }, /redfish is not known, these are: ipmi, fake/],
  ['no address', { address: null }, /needs an address/],
  ['an option of ipmitool as address', { address: '-Ufoo' }, /power address: must be/],
  ['no password', { hasPassword: false }, /needs a password/],
  ['no user', { user: null }, /needs a user/],
  ['a misspelt option', { options: { ciphersuite: 3 } }, /power options: .*ciphersuite/],
  ['cipher suite 0', { options: { cipher_suite: 0 } }, /power options\.cipher_suite: /],
  ['an address that is no URL', { driver: 'fake', address: 'ftp://x/' }, /http URL/],
])('%s is told', (_, over, problem) => {
  const problems = powerEnrolmentProblems(ipmi(over));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test('a BMC has one name, and none when it cannot be used', () => {
  expect(bmcName(ipmi({ address: 'BMC-7' }))).toBe('bmc-7:623');
  expect(bmcName(ipmi({ options: { port: 9000 } }))).toBe('10.0.0.1:9000');
  expect(bmcName(ipmi({ address: null }))).toBe('');
});
