import { CloudError } from '@metalcast/cloud-client';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { CommandFailure, explain, usageFailure } from './failure.js';

test('a fault is printed with its remedy and without a stack', () => {
  const { text, json, exitCode } = explain(
    new Fault('MIGRATION_EDITED', { migration: '1_a', database: 'd' }),
  );
  expect(exitCode).toBe(1);
  expect(text).toMatch(/^metalcast: Migration 1_a .*\n {2}Restore the file.*\n$/);
  expect(JSON.parse(json)).toMatchObject({ error: { code: 'MIGRATION_EDITED' } });
});

test('a wrong command line has an exit code of its own', () => {
  expect(explain(usageFailure('No.')).exitCode).toBe(2);
  expect(explain(new CommandFailure('No.')).exitCode).toBe(1);
});

test('a bug keeps its stack', () => {
  expect(explain(new TypeError('x is undefined')).text).toMatch(/x is undefined\n\s+at /);
});

test.each([
  ['API_UNREACHABLE', /the api service runs/],
  ['API_UNTRUSTED', /NODE_EXTRA_CA_CERTS/],
  ['UNAUTHORIZED', /OS_PASSWORD/],
  ['NO_IDENTITY_API', /OS_AUTH_URL/],
])('%s of the client has a remedy', (code, remedy) => {
  const { text, json, exitCode } = explain(new CloudError('No.', undefined, code));
  expect(exitCode).toBe(1);
  expect(text).toMatch(/^metalcast: No\.\n/);
  expect(text).toMatch(remedy);
  expect(JSON.parse(json)).toMatchObject({ error: { code, message: 'No.' } });
});

test("an API's refusal is told as it is", () => {
  expect(explain(new CloudError('In use.', 409, 'CONFLICT')).text).toBe('metalcast: In use.\n');
});
