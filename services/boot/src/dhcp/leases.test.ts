import { ftruncateSync, mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readLeases } from './leases.js';

const folder = mkdtempSync(join(tmpdir(), 'leases-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/**
 * dnsmasq rewrites its lease file in place (lease.c, lease_update_file): it empties the file, then writes all leases.
 */
test('a lease file that dnsmasq is rewriting does not read as no leases', async () => {
  const file = join(folder, 'dhcp-leases');
  const line = '1795815784 52:54:00:78:00:1a 10.77.1.9 * *\n';
  const descriptor = openSync(file, 'w+');
  writeSync(descriptor, line, 0);
  ftruncateSync(descriptor, 0);
  const reading = readLeases(file);
  setTimeout(() => {
    writeSync(descriptor, line, 0);
  }, 20);
  expect(await reading).toEqual([{ mac: '52:54:00:78:00:1a', address: '10.77.1.9' }]);
  closeSync(descriptor);
});
