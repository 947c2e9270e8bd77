import { expect, test } from 'vitest';
import { formatHttpAddress, parseHttpAddress } from './http-address.js';

const canonical = (text: string): string => {
  const parsed = parseHttpAddress(text);
  return 'problem' in parsed ? parsed.problem : formatHttpAddress(parsed);
};

test.each([
  ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
  ['HTTP://BMC.Example.:80/', 'http://bmc.example'],
  ['https://bmc.example:443/a/', 'https://bmc.example/a'],
  ['http://bmc.example:0080/a', 'http://bmc.example/a'],
  ['http://[FD00::0001]:8080/bmc/1', 'http://[fd00::1]:8080/bmc/1'],
  ['http://[::ffff:10.0.0.1]/', 'http://10.0.0.1'],
  ['http://h/a/../bmc/./%31/', 'http://h/bmc/1'],
  ['http://h/a/%2E%2e/bmc/1', 'http://h/bmc/1'],
  ['http://h/%7ea%20b%c3%a9', 'http://h/~a%20b%C3%A9'],
  ['http://h/a"b|c[d]^`{}<>', 'http://h/a%22b%7Cc%5Bd%5D%5E%60%7B%7D%3C%3E'],
  ['http://h/a%22b%7cc%5bd%5d', 'http://h/a%22b%7Cc%5Bd%5D'],
  ['http://h/a%25b', 'http://h/a%25b'],
  ["http://h/a;b=1,c:d@e!$&'()*+", "http://h/a;b=1,c:d@e!$&'()*+"],
])('%s is %s', (text, expected) => {
  expect(canonical(text)).toBe(expected);
  expect(canonical(expected)).toBe(expected);
});

test.each<[string, RegExp]>([
  ['ftp://h/', /must be an http URL/],
  ['http:h', /must be an http URL/],
  ['http://h\\a', /must be an http URL/],
  ['http://h/a b', /must be an http URL/],
  ['http://', /host must be an IP address or a host name/],
  ['http://0x7f.1/', /host must be an IPv4 address .* 127\.0\.0\.1/],
  ['http://010.0.0.1/', /host .*write 10\.0\.0\.1/],
  ['http://u:p@h/', /host must be without a user/],
  ['http://fd00::1/', /IPv6 address in brackets/],
  ['http://[10.0.0.1]/', /IPv6 address, since it has brackets/],
  ['http://[fe80::1%25eth0]/', /without a zone/],
  ['http://h:0/', /port is from 1 to 65535/],
  ['http://h:70000/', /port is from 1 to 65535/],
  ['http://h/?a', /without a query or fragment/],
  ['http://h/#a', /without a query or fragment/],
  ['http://h//a', /no empty part/],
  ['http://h/%zz', /two hexadecimal digits/],
  ['http://h/a%3bb', /whose path has no %3B: write ; itself/],
  ['http://h/a%3Bb', /whose path has no %3B: write ; itself/],
  ['http://h/a%40b', /no %40: write @ itself/],
  ['http://h/a%2fb', /whose path has no %2F/],
  ['http://h/a%3fb', /whose path has no %3F/],
])('%s is no address', (text, problem) => {
  expect(canonical(text)).toMatch(problem);
});
