import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostFile } from './host-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hosts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const [one, two] = ['52:54:00:00:00:01', '52:54:00:00:00:02'];

test('contains the last settings of its hosts, and distinguishes a change from a repeat', async () => {
  const hosts = new HostFile(join(folder, 'hosts'));
  hosts.replaceAll([{ mac: one, address: '10.0.0.1' }]);
  const { version } = hosts;
  hosts.agree([one], [{ mac: one, address: '10.0.0.1' }]);
  expect(hosts.version).toBe(version);
  hosts.agree([two], [{ mac: two, address: '10.0.0.2' }]);
  expect(hosts.version).toBeGreaterThan(version);
  expect(await hosts.write()).toBe(hosts.version);
  expect(await readFile(hosts.path, 'utf8')).toBe(`${one},10.0.0.1\n${two},10.0.0.2\n`);
  hosts.agree([one], []);
  await hosts.write();
  expect(await readFile(hosts.path, 'utf8')).toBe(`${two},10.0.0.2\n`);
});

test('an address has one host: the one that got it last', async () => {
  const hosts = new HostFile(join(folder, 'moved'));
  hosts.agree([one], [{ mac: one, address: '10.0.0.1' }]);
  hosts.agree([two], [{ mac: two, address: '10.0.0.1' }]);
  await hosts.write();
  expect(await readFile(hosts.path, 'utf8')).toBe(`${two},10.0.0.1\n`);
  hosts.agree([one], []);
  await hosts.write();
  expect(await readFile(hosts.path, 'utf8')).toBe(`${two},10.0.0.1\n`);
});
