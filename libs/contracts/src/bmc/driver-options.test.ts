import { expect, test } from 'vitest';
import {
  bmcName,
  powerEnrolmentProblems,
  powerPasswordProblems,
  type PowerEnrolment,
} from './driver-options.js';

const ipmi = (over: Partial<PowerEnrolment> = {}): PowerEnrolment => ({
  driver: 'ipmi',
  address: '10.0.0.1',
  user: 'admin',
  hasPassword: true,
  options: {},
  ...over,
});

test('a complete enrolment has no problems', () => {
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
  ['an octal address', { address: '010.0.0.012' }, /power address: .*write 10\.0\.0\.12/],
  ['a long user', { user: 'é'.repeat(9) }, /power user: must be at most 16 bytes/],
  ['a user with a tab', { user: 'a\tb' }, /power user: must have no tab/],
  ['no password', { hasPassword: false }, /needs a password/],
  ['no user', { user: null }, /needs a user/],
  ['a misspelt option', { options: { ciphersuite: 3 } }, /power options: .*ciphersuite/],
  ['cipher suite 0', { options: { cipher_suite: 0 } }, /power options\.cipher_suite: /],
  ['an address that is no URL', { driver: 'fake', address: 'ftp://x/' }, /http URL/],
])('%s is reported', (_, over, problem) => {
  const problems = powerEnrolmentProblems(ipmi(over));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test('a BMC has one name, and an unusable enrolment has none', () => {
  expect(bmcName(ipmi({ address: 'BMC-7.' }))).toBe('bmc-7:623');
  expect(bmcName(ipmi({ options: { port: 9000 } }))).toBe('10.0.0.1:9000');
  expect(bmcName(ipmi({ options: { port: 623 } }))).toBe(bmcName(ipmi()));
  expect(bmcName(ipmi({ address: '::ffff:10.0.0.1' }))).toBe(bmcName(ipmi()));
  expect(bmcName(ipmi({ address: 'FD00::0:1' }))).toBe('[fd00::1]:623');
  expect(bmcName(ipmi({ address: null }))).toBe('');
  const fake = { driver: 'fake', user: null, hasPassword: false };
  expect(bmcName(ipmi({ ...fake, address: 'http://10.0.0.1:623/' }))).toBe(bmcName(ipmi()));
  expect(bmcName(ipmi({ ...fake, address: 'HTTP://H:80/bmc/%31/' }))).toBe('h:80/bmc/1');
});

test.each([
  ['twenty bytes', 'a'.repeat(20), undefined],
  ['more', 'a'.repeat(21), /at most 20 bytes/],
  ['more by bytes', 'é'.repeat(11), /at most 20 bytes/],
  ['a tab', 'secret\tcanary', /no tab/],
  ['a line end', 'secret\n', /no tab, line end/],
])('a password with %s', (_, password, problem) => {
  const problems = powerPasswordProblems('ipmi', password).join();
  expect(problems).toMatch(problem ?? /^$/);
  expect(problems).not.toContain(password);
  expect(powerPasswordProblems('fake', password)).toEqual([]);
});

test('of many mistakes only the first ones are reported', () => {
  const options = Object.fromEntries(Array.from({ length: 20_000 }, (_, key) => [`key${key}`, 1]));
  const problems = powerEnrolmentProblems(ipmi({ options }));
  expect(problems.join('; ')).toContain('key0');
  expect(problems.join('; ').length).toBeLessThan(10_000);
});
