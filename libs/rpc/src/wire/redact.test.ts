import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seal } from './envelope.js';
import { redactJson } from './redact.js';

test('secrets are blanked at any depth, also in JSON within a string', () => {
  const body = seal({
    method: 'run_instance',
    args: {
      admin_password: 'canary',
      injected_files: [['/etc/x', 'canary']],
      request_spec: { instance_properties: { user_data: 'canary', key_name: 'kept' } },
      list: [{ new_pass: 'canary' }, { rescue_password: null }],
    },
    _context_auth_token: 'canary',
    _context_request_id: 'req-1',
  });
  const redacted = redactJson(body);
  expect(redacted).not.toContain('canary');
  expect(redacted).toContain('kept');
  expect(redacted).toContain('req-1');
});

test.each([
  ['no JSON', 'neither'],
  ['cut short', '{"args":{"admin_password":"canary"'],
  ['a text', '"password: canary"'],
  ['deep', `{"a":"canary","b":${'['.repeat(100)}${']'.repeat(100)}}`],
])('a text that is %s cannot be judged, and so is not kept', (_, text) => {
  expect(redactJson(text)).toBeUndefined();
});

test.each([
  ['a list', [{ password: 'canary' }]],
  ['JSON in a text in JSON in a text', JSON.stringify({ a: JSON.stringify({ token: 'canary' }) })],
  ['JSON in too many texts', wrapped({ token: 'canary' }, 9)],
  ['a list in a text', '[{"password":"canary"}]'],
  ['JSON with space before it', ' \n {"password":"canary"}'],
  ['a text in a text', JSON.stringify(JSON.stringify({ secret: 'canary' }))],
  ['an escaped key', String.raw`{"\u0070assword":"canary"}`],
  [
    'an escaped key in deep JSON',
    `{"\\u0070assword":"canary","a":${'['.repeat(99)}${']'.repeat(99)}}`,
  ],
  ['half of a JSON text', String.raw`{"\u0070assword":"canary`],
  ["Python's own form", "{'admin_pass': 'canary'}"],
  ['an assignment', 'connect to db password=canary'],
  ['JSON after other words', 'Error: {"token": "canary"}'],
  ['a key that objects have anyway', JSON.parse('{"__proto__":{"password":"canary"}}') as unknown],
])('no secret stays in %s', (_, held) => {
  const redacted = redactJson(JSON.stringify({ method: 'set_admin_password', held }));
  expect(redacted).not.toContain('canary');
  expect(redacted).toContain('set_admin_password');
});

test('of any JSON with a secret no part of the secret is kept', () => {
  const secretKey = fc.constantFrom('password', 'adminPass', 'auth_token', 'X-Secret', 'user_data');
  const { tree } = fc.letrec<{ tree: unknown; secret: unknown }>((tie) => ({
    secret: fc.tuple(secretKey, fc.jsonValue()).map(([key, more]) => ({ [key]: ['canary', more] })),
    tree: fc.oneof(
      { depthSize: 'medium' },
      tie('secret'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
      tie('tree').map((inner) => JSON.stringify(inner)),
      tie('tree').map((inner) => JSON.stringify(inner).slice(0, -1)),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      expect(redactJson(JSON.stringify({ value })) ?? '').not.toContain('canary');
    }),
  );
});

function wrapped(value: object, levels: number): string {
  const inner = JSON.stringify(value);
  return levels === 0 ? inner : wrapped({ a: inner }, levels - 1);
}
