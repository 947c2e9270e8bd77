import { expect, test } from 'vitest';
import { adminPassword, startApiProcess } from '../api/api-process.js';
import { metalcast } from './metalcast.js';

const openrc = (url: string, password: string): Record<string, string> => ({
  OS_AUTH_URL: url,
  OS_USERNAME: 'admin',
  OS_PASSWORD: password,
  OS_PROJECT_NAME: 'admin',
});

test('a failed login is explained without the password', async () => {
  const api = await startApiProcess();
  try {
    const refused = await metalcast(['node', 'list'], openrc(`${api.url}/identity/v3`, 'canary'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/refused admin\.\n {2}Check OS_USERNAME/);
    expect(refused.stderr).not.toContain('canary');
    const elsewhere = await metalcast(
      ['node', 'list'],
      openrc(`${api.url}/nowhere`, adminPassword),
    );
    expect(elsewhere).toMatchObject({ code: 1 });
    expect(elsewhere.stderr).toMatch(
      /nowhere is no identity API \(HTTP \d+\)\.\n {2}Check OS_AUTH_URL/,
    );
  } finally {
    await api.close();
  }
});

test('an unreachable api is reported in a sentence', async () => {
  const { code, stderr } = await metalcast(
    ['service', 'list'],
    openrc('http://127.0.0.1:1/v3', 'p'),
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^metalcast: Cannot reach the API at http:\/\/127\.0\.0\.1:1: .+\n {2}Check/,
  );
});
