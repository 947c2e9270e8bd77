import { expect, test } from 'vitest';
import { displayNameOf, hostnameOfMany, unknownPlaceholders } from './names-of-many.js';

const uuid = '00000000-0000-4000-8000-000000000001';
const byUuid = '%(name)s-%(uuid)s';

test.each([
  [byUuid, `Web-${uuid}`],
  ['%(name)s-%(count)d', 'Web-2'],
  ['%(name)s-%(count)s of %(name)s', 'Web-2 of Web'],
  ['all alike', 'all alike'],
])('%j', (template, name) => {
  expect(unknownPlaceholders(template)).toEqual([]);
  expect(displayNameOf(template, { name: 'Web', uuid, count: 2 })).toBe(name);
});

test('what stands in the name of a server is no placeholder', () => {
  expect(displayNameOf(byUuid, { name: '%(count)s $&', uuid, count: 2 })).toBe(
    `%(count)s $&-${uuid}`,
  );
});

test('a template with what there is not', () => {
  expect(unknownPlaceholders('%(name)s-%(host)s')).toEqual(['host']);
});

test.each([
  ['Web 1', `web-1-${uuid}`],
  ['a'.repeat(80), `${'a'.repeat(26)}-${uuid}`],
  ['日本', uuid],
])('host name of %j', (name, hostname) => {
  expect(hostnameOfMany(byUuid, { name, uuid, count: 1 })).toBe(hostname);
});
