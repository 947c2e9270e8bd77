// What uploads leave in the api's directory when their process dies, and bytes that no image has.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelDatabase } from '@metalcast/db/models';
import { imageStatus } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ImageDirectory } from '../../../services/api/src/image/store/image-directory.js';
import { ImageSweep } from '../../../services/api/src/image/store/image-sweep.js';
import { uploadLease } from '../../../services/api/src/image/data/image-upload.js';

let server: TestDatabase;
let database: ModelDatabase;
let folder: string;
let sweep: ImageSweep;
beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 2, applicationName: 'test' });
  folder = mkdtempSync(join(tmpdir(), 'metalcast-image-files-'));
  const logger = createLogger('test', 'error', { write: () => undefined });
  sweep = new ImageSweep(database, new ImageDirectory({ imageDirectory: folder }), logger);
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.close();
  await server.close();
});

function file(kind: 'incoming' | 'sha256', name: string, minutesOld: number): void {
  mkdirSync(join(folder, kind), { recursive: true });
  const path = join(folder, kind, name);
  writeFileSync(path, 'bytes');
  const at = new Date(Date.now() - minutesOld * 60_000);
  utimesSync(path, at, at);
}

test('files go that no image has, and those of uploads that nobody goes on with', async () => {
  file('sha256', 'of-an-image', 600);
  await database.prisma.image.create({
    data: { id: randomUUID(), owner: 'p', status: imageStatus.active, sha256: 'of-an-image' },
  });
  file('sha256', 'of-none', 61);
  file('sha256', 'perhaps-of-one-soon', 59);
  file('incoming', 'dead', 61);
  file('incoming', 'alive', 59);
  await sweep.sweep();
  expect(readdirSync(join(folder, 'sha256')).sort()).toEqual([
    'of-an-image',
    'perhaps-of-one-soon',
  ]);
  expect(readdirSync(join(folder, 'incoming'))).toEqual(['alive']);
});

/** An image that is `saving`, under a lease that is over. */
async function lapsedUpload(): Promise<string> {
  const id = randomUUID();
  const leaseUntil = new Date(Date.now() - 1000);
  await database.prisma.image.create({ data: { id, owner: 'p', status: imageStatus.saving } });
  await database.prisma.lease.create({ data: { name: uploadLease(id), owner: 'x', leaseUntil } });
  return id;
}

const statusOf = async (id: string): Promise<string> =>
  (await database.prisma.image.findUniqueOrThrow({ where: { id } })).status;

test('after a hole, or a jump of the clock, uploads first get the time to show that they live', async () => {
  const id = await lapsedUpload();
  const clocks: (Date | undefined)[] = [];
  let canDeclareOverdue = false;
  const overdueGuard = {
    tick: (clock?: Date) => void clocks.push(clock),
    canDeclareOverdue: () => canDeclareOverdue,
  };
  const logger = createLogger('test', 'error', { write: () => undefined });
  const running = new ImageSweep(database, new ImageDirectory({ imageDirectory: folder }), logger, {
    ...{ overdueGuard, lookMs: 20 },
  });
  running.start();
  try {
    await vi.waitUntil(() => clocks.length >= 3, { timeout: 10_000 });
    expect(clocks.every((clock) => clock instanceof Date)).toBe(true);
    expect(await statusOf(id)).toBe(imageStatus.saving);
    canDeclareOverdue = true;
    await vi.waitUntil(async () => (await statusOf(id)) === imageStatus.queued, {
      timeout: 10_000,
    });
  } finally {
    await running.stop();
  }
});

test('an image whose upload died can be uploaded again; its lease goes', async () => {
  const [dead, alive] = [randomUUID(), randomUUID()];
  for (const [id, leaseUntil] of [
    [dead, new Date(Date.now() - 1000)],
    [alive, new Date(Date.now() + 60_000)],
  ] as const) {
    await database.prisma.image.create({ data: { id, owner: 'p', status: imageStatus.saving } });
    await database.prisma.lease.create({ data: { name: uploadLease(id), owner: 'x', leaseUntil } });
  }
  await sweep.sweep();
  const images = await database.prisma.image.findMany({ select: { id: true, status: true } });
  expect(new Map(images.map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      [dead, imageStatus.queued],
      [alive, imageStatus.saving],
    ]),
  );
  expect(await database.prisma.lease.findMany()).toMatchObject([{ name: uploadLease(alive) }]);
});
