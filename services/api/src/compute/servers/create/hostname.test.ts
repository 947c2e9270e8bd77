import { expect, test } from 'vitest';
import { hostnameOf } from './hostname.js';

const uuid = '00000000-0000-4000-8000-000000000001';

test.each([
  ['web1', 'web1'],
  ['My Server_2', 'my-server-2'],
  ['--x--', 'x'],
  ['Käse', 'kase'],
  ['a'.repeat(80), 'a'.repeat(63)],
  ['日本', `server-${uuid}`],
])('%j becomes %j', (name, hostname) => {
  expect(hostnameOf(name, uuid)).toBe(hostname);
});
