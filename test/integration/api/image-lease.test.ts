// The lease of an upload, whose renewals may be slower than its end.
import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Caller } from '../../../services/api/src/http/access/caller.js';
import { ImageDirectory } from '../../../services/api/src/image/store/image-directory.js';
import { Inspections } from '../../../services/api/src/image/store/inspections.js';
import { ImageUpload, uploadLease } from '../../../services/api/src/image/data/image-upload.js';

const caller: Caller = {
  userId: 'u1',
  userName: 'owner',
  projectId: 'p1',
  projectName: 'owners',
  roles: ['member'],
  requestId: 'req-1',
};
const timeoutMs = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'metalcast-image-lease-'));
let server: TestDatabase;
let database: ModelDatabase;

beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 3, applicationName: 'test' });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a renewal that is under way when the upload ends does not take the lease anew', async () => {
  const id = randomUUID();
  await database.prisma.image.create({
    data: { id, name: 'x', owner: 'p1', diskFormat: 'raw', containerFormat: 'bare' },
  });
  const limits = { maxImageBytes: 1000, uploadSilenceSeconds: timeoutMs / 1000 };
  const directory = new ImageDirectory({ imageDirectory: folder });
  const upload = new ImageUpload(database, directory, limits, new Inspections());
  const source = new PassThrough();
  let isAccepted = false;
  const accept = () => void (isAccepted = true);
  const done = upload.upload(caller, id, { source, length: undefined, accept });
  const ended = done.catch(() => 'ended early');
  await waitFor(() => isAccepted, { timeoutMs, what: 'the lease' });
  const query = database.sql.$queryRaw.bind(database.sql);
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const renewals = vi.spyOn(database.sql, '$queryRaw').mockImplementationOnce(async (...args) => {
    await Promise.race([answered, ended]);
    return query(...args);
  });
  await waitFor(() => renewals.mock.calls.length > 0, { timeoutMs, what: 'a renewal' });
  source.destroy();
  // The end waits for the renewal; one that did not would have ended, and let the lease be taken anew, by now.
  setTimeout(answer, 1000);
  expect(await ended).toBe('ended early');
  await Promise.allSettled(renewals.mock.results.map(({ value }) => value as Promise<unknown>));
  expect(await database.prisma.lease.count({ where: { name: uploadLease(id) } })).toBe(0);
});
