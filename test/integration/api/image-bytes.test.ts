import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  endReservation,
  removeUnusedBytes,
  reserveBytes,
} from '../../../services/api/src/image/store/image-bytes.js';
import { ImageDirectory } from '../../../services/api/src/image/store/image-directory.js';

const folder = mkdtempSync(join(tmpdir(), 'metalcast-image-bytes-'));
const directory = new ImageDirectory({ imageDirectory: folder });
let server: TestDatabase;
let database: ModelDatabase;

beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 2, applicationName: 'test' });
});

afterAll(async () => {
  await database.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes that no image has yet. */
async function keepBytes(text: string): Promise<string> {
  const options = { maxBytes: 1000, silenceMs: 10_000, slowMs: 10_000, slowBytes: 0 };
  const signal = new AbortController().signal;
  const received = await directory.receive(Readable.from([Buffer.from(text)]), {
    ...options,
    signal,
  });
  await directory.keep(received);
  return received.sha256;
}

const kept = (): string[] => readdirSync(join(folder, 'sha256'));

const end = (sha256: string, owner: string): Promise<boolean> =>
  database.transaction(({ sql }) => endReservation(sql, sha256, owner));

test('bytes that two uploads reserve stay until the last of them has ended', async () => {
  const sha256 = await keepBytes('reserved');
  await reserveBytes(database, sha256, 'one');
  await reserveBytes(database, sha256, 'other');
  await removeUnusedBytes(database, directory, sha256);
  expect(await end(sha256, 'one')).toBe(true);
  await removeUnusedBytes(database, directory, sha256);
  expect(kept()).toContain(sha256);
  expect(await end(sha256, 'other')).toBe(true);
  await removeUnusedBytes(database, directory, sha256);
  expect(kept()).not.toContain(sha256);
});

test('a reservation that has run out keeps nothing, and whoever had it is told', async () => {
  const sha256 = await keepBytes('run out');
  await reserveBytes(database, sha256, 'slow');
  await database.prisma.lease.updateMany({ data: { leaseUntil: new Date(0) } });
  await removeUnusedBytes(database, directory, sha256);
  expect(kept()).not.toContain(sha256);
  expect(await end(sha256, 'slow')).toBe(false);
});
