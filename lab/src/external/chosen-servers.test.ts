import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labPaths, type LabPaths } from '../lab-paths.js';
import { chosenServers, rememberServers } from './chosen-servers.js';
import { serverUrls } from './server-urls.js';

let paths: LabPaths;
beforeEach(() => {
  paths = labPaths({ data: mkdtempSync(join(tmpdir(), 'servers-')) });
});
afterEach(() => {
  rmSync(paths.data, { recursive: true });
});

const servers = serverUrls({ amqp: 'amqp://u:geheim@mq/v' });

test('a new lab has no chosen servers', () => {
  expect(chosenServers(paths, servers)).toBeUndefined();
});

test('a lab keeps its servers, with or without the variables', () => {
  rememberServers(paths, servers);
  expect(chosenServers(paths, {})).toEqual(servers);
  expect(chosenServers(paths, servers)).toEqual(servers);
  expect(statSync(join(paths.data, 'servers.json')).mode & 0o777).toBe(0o600);
});

test('other servers are refused for a lab with external servers and for one with its own', () => {
  rememberServers(paths, servers);
  const other = serverUrls({ amqp: 'amqp://u:verborgen@mq2/v' });
  expect(() => chosenServers(paths, other)).toThrow(
    /^This lab was started with mq:5672\/v(?!.*(geheim|verborgen))/,
  );
  rememberServers(paths, {});
  expect(() => chosenServers(paths, other)).toThrow('one of its own');
});
