import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { PasswordPool } from './password-pool.js';
import { hashOfNobody, Passwords } from './password.js';

/** A derivation is a tenth of a second of CPU, of which a busy machine gives little. */
const timeoutMs = 60_000;

const pool = new PasswordPool(1);
const passwords = new Passwords(pool);
afterAll(() => pool.close());

test(
  'a password fits its own hash alone',
  async () => {
    const hash = await passwords.hash('correct horse');
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('correct horsf', hash)).toBe(false);
    expect(await passwords.verify('', hash)).toBe(false);
  },
  timeoutMs,
);

test(
  'a hash that was made before is read',
  async () => {
    const hash =
      'scrypt$32768$8$1$bWV0YWxjYXN0LXNhbHQtMQ==$Vp6oW0FUWUK54nR/QYXhbtinX130YltGwzJQbqnPV74=';
    expect(await passwords.verify('canary', hash)).toBe(true);
  },
  timeoutMs,
);

test(
  'nobody’s hash is verified as any other, and no password is its own',
  async () => {
    const [nobody, anyone] = [hashOfNobody(), await passwords.hash('nobody')];
    const shape = (hash: string): (string | number)[] => {
      const [scheme = '', N = '', r = '', p = '', salt = '', key = ''] = hash.split('$');
      return [scheme, N, r, p, salt.length, key.length];
    };
    expect(shape(nobody)).toEqual(shape(anyone));
    expect(await passwords.verify('nobody', nobody)).toBe(false);
    expect(hashOfNobody()).not.toBe(nobody);
  },
  timeoutMs,
);

test(
  'the same password has another hash each time, and is not in it',
  async () => {
    const [first, second] = await Promise.all([passwords.hash('canary'), passwords.hash('canary')]);
    expect(first).not.toBe(second);
    expect(first).not.toContain('canary');
  },
  timeoutMs,
);

test(
  'a hash of an unknown form fits nothing',
  async () => {
    expect(await passwords.verify('x', '')).toBe(false);
    expect(await passwords.verify('x', 'md5$x')).toBe(false);
  },
  timeoutMs,
);

test(
  'files are read while passwords are verified, and urgent ones go first',
  async () => {
    const busy = new PasswordPool(1);
    const queue = new Passwords(busy);
    const hash = await queue.hash('x');
    const ended: string[] = [];
    const verify = (name: string, urgent: boolean): Promise<void> =>
      queue.verify('y', hash, { urgent }).then(
        () => void ended.push(name),
        () => undefined,
      );
    const ordinary = Array.from({ length: 200 }, () => verify('ordinary', false));
    const urgent = verify('urgent', true);
    expect(busy.waiting).toEqual({ urgent: 1, ordinary: 199 });
    await readFile(new URL(import.meta.url));
    await urgent;
    expect(ended.indexOf('urgent')).toBe(1);
    expect(busy.waiting.ordinary).toBeGreaterThan(0);
    await busy.close();
    await Promise.all(ordinary);
    await expect(queue.hash('x')).rejects.toThrow('the service stops');
  },
  timeoutMs,
);

test(
  'a derivation that is refused fails alone',
  async () => {
    await expect(passwords.verify('x', 'scrypt$3$8$1$c2FsdA==$a2V5')).rejects.toThrow();
    expect(await passwords.verify('x', await passwords.hash('x'))).toBe(true);
  },
  timeoutMs,
);
