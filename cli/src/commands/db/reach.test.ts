import { expect, test } from 'vitest';
import { onDatabase, withoutPassword } from './reach.js';

const url = 'postgresql://me:geheim@[::1]:5432/metalcast?sslmode=disable&password=geheim';

test('a URL is shown without its password', () => {
  expect(withoutPassword(url)).toBe('me@[::1]:5432/metalcast');
  expect(withoutPassword('postgresql://host/d')).toBe('host/d');
});

const failing = (error: Error) => onDatabase(url, () => Promise.reject(error));

test('the reason for an unusable database is reported in words', async () => {
  const refused = Object.assign(new Error('password authentication failed'), { code: '28P01' });
  await expect(failing(refused)).rejects.toThrow(
    'Cannot use the database me@[::1]:5432/metalcast: it refused the password.',
  );
  const nobody = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  await expect(failing(new AggregateError([nobody], 'connect'))).rejects.toThrow(
    'no server listens at this address',
  );
  await expect(failing(new Error('timeout expired'))).rejects.toThrow('does not answer');
  const selfSigned = Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  await expect(failing(selfSigned)).rejects.toThrow('its certificate is not trusted');
  const other = Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  await expect(failing(other)).rejects.toThrow('its certificate is for another name');
});

test('any other error is passed on unchanged', async () => {
  await expect(failing(new TypeError('bug'))).rejects.toThrow(TypeError);
});
