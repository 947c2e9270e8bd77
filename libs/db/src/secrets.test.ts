import { expect, test } from 'vitest';
import { newSecretsKey, Secrets } from './secrets.js';

const secrets = new Secrets(newSecretsKey());

test('what was encrypted comes back, and looks different every time', () => {
  for (const plain of ['', 'geheim', 'ünïcödé 🔑', 'x'.repeat(100_000)]) {
    const one = secrets.encrypt('nodes/1/pm_secret', plain);
    expect(one).not.toContain(plain === '' ? 'undefined' : plain);
    expect(one).not.toBe(secrets.encrypt('nodes/1/pm_secret', plain));
    expect(secrets.decrypt('nodes/1/pm_secret', one)).toBe(plain);
  }
});

test('a ciphertext of another row, key or making is refused', () => {
  const cipherText = secrets.encrypt('nodes/1/pm_secret', 'geheim');
  const refused = /does not decrypt/;
  expect(() => secrets.decrypt('nodes/2/pm_secret', cipherText)).toThrow(refused);
  expect(() => new Secrets(newSecretsKey()).decrypt('nodes/1/pm_secret', cipherText)).toThrow(
    refused,
  );
  const bytes = Buffer.from(cipherText.slice(3), 'base64');
  for (const [what, changed] of [
    ['iv', Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)])],
    ['body', Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])])],
    ['short tag', bytes.subarray(0, 16)],
    ['nothing', Buffer.alloc(0)],
  ] as const) {
    const forged = `v1:${changed.toString('base64')}`;
    expect(() => secrets.decrypt('nodes/1/pm_secret', forged), what).toThrow(refused);
  }
  expect(() => secrets.decrypt('nodes/1/pm_secret', 'geheim')).toThrow(/unknown form/);
});

test('no message of an error holds the plain text', () => {
  try {
    secrets.decrypt('nodes/1/pm_secret', 'v1:geheim');
    expect.unreachable();
  } catch (error) {
    expect(String(error)).not.toContain('geheim');
  }
});

test('a key is 32 bytes', () => {
  expect(() => new Secrets('c2hvcnQ=')).toThrow(/32 bytes/);
});

test('derived keys differ by purpose and are the same in every process', () => {
  const key = newSecretsKey();
  const derived = new Secrets(key).derive('chap', 1, 2);
  expect(derived).toMatch(/^[0-9a-f]{64}$/);
  expect(new Secrets(key).derive('chap', 1, 2)).toBe(derived);
  expect(new Secrets(key).derive('chap', 12)).not.toBe(derived);
  expect(new Secrets(newSecretsKey()).derive('chap', 1, 2)).not.toBe(derived);
});
