import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { helpText } from './document.js';
import { loadConfig } from './load.js';
import { flag, integer, list, option } from './option.js';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const table = {
  amqpUrl: option(z.string().describe('Broker'), { env: 'AMQP_URL', secret: true }),
  rpcTimeoutMs: option(integer().default(1000).describe('Time limit of a call, ms')),
  strict: option(flag().default(false).describe('Refuse more')),
  filters: option(list().default(['a']).describe('Filters')),
};

function file(content: string): string {
  const path = join(folder, `${String(Math.random())}.yaml`);
  writeFileSync(path, content);
  return path;
}

test('the environment wins over the file, the file over the default', () => {
  const config = loadConfig(table, {
    file: file('amqp_url: amqp://file\nrpc_timeout_ms: 5\n'),
    env: { METALCAST_RPC_TIMEOUT_MS: '7', METALCAST_FILTERS: 'x, y', METALCAST_STRICT: 'true' },
  });
  expect(config).toEqual({
    amqpUrl: 'amqp://file',
    rpcTimeoutMs: 7,
    strict: true,
    filters: ['x', 'y'],
  });
});

test('a value may come from a file of its own', () => {
  const path = file('amqp://secret\n');
  expect(loadConfig(table, { env: { AMQP_URL_FILE: path } }).amqpUrl).toBe('amqp://secret');
  expect(loadConfig(table, { file: file(`amqp_url_file: ${path}`), env: {} }).amqpUrl).toBe(
    'amqp://secret',
  );
});

test('every bad option is told at once', () => {
  const load = () =>
    loadConfig(table, { file: file('tyop: 1'), env: { METALCAST_RPC_TIMEOUT_MS: 'soon' } });
  expect(load).toThrow(
    /tyop: unknown option[^]*amqp_url \(AMQP_URL\): must be given[^]*rpc_timeout_ms/,
  );
});

test('help names each option, its default and its variable', () => {
  const text = helpText('services/x/dist/main.js', 'About.', table);
  expect(text).toContain('rpc_timeout_ms');
  expect(text).toContain('METALCAST_RPC_TIMEOUT_MS');
  expect(text).toContain('default 1000');
  expect(text).toContain('Time limit of a call, ms');
  expect(text).toContain('must be given');
});
