// Images that were stored by releases that did not look into them.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, imageStatus } from '@metalcast/domain';
import { createLogger } from '@metalcast/log';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ImageDirectory } from '../../../services/api/src/image/store/image-directory.js';
import { Inspections } from '../../../services/api/src/image/store/inspections.js';
import { StoredInspection } from '../../../services/api/src/image/store/stored-inspection.js';

let server: TestDatabase;
let database: ModelDatabase;
let folder: string;
beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 2, applicationName: 'test' });
  folder = mkdtempSync(join(tmpdir(), 'metalcast-stored-inspection-'));
  mkdirSync(join(folder, 'sha256'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.close();
  await server.close();
});

/** An image of plain text, called a disk. The number is its place in the order of ids. */
async function store(number: number, size = 10n): Promise<string> {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const sha256 = randomUUID();
  writeFileSync(join(folder, 'sha256', sha256), 'Not Found\n');
  const status = imageStatus.active;
  await database.prisma.image.create({
    data: { id, sha256, status, size, owner: 'p', diskFormat: 'raw', containerFormat: 'bare' },
  });
  return id;
}

const refusedOf = async (id: string): Promise<string | null> =>
  (await database.prisma.image.findUniqueOrThrow({ where: { id } })).refused;

function newInspection(inspections: Pick<Inspections, 'inspect'>): StoredInspection {
  const logger = createLogger('test', 'error', { write: () => undefined });
  const directory = new ImageDirectory({ imageDirectory: folder });
  return new StoredInspection(database, directory, inspections, logger);
}

test('images that cannot be inspected now keep no other from it, and stay as they are', async () => {
  const truncated = await store(1, 4711n);
  const unreadable = await store(2);
  const unknown = await store(3);
  const page = await store(4);
  const real = new Inspections();
  const troubles = [
    Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }),
    new Fault('UNAVAILABLE', { reason: 'no memory' }),
  ];
  await newInspection({
    inspect: (image) => {
      const trouble = troubles.shift();
      return trouble === undefined ? real.inspect(image) : Promise.reject(trouble);
    },
  }).round();
  expect(await refusedOf(page)).toMatch(/but is plain text/);
  for (const id of [truncated, unreadable, unknown]) {
    expect(await refusedOf(id)).toBeNull();
  }
  await newInspection(real).round();
  expect(await refusedOf(unreadable)).toBeNull();
});

test('one process of all inspects, until it stops', async () => {
  const holder = newInspection(new Inspections());
  await holder.round();
  const page = await store(1);
  const other = newInspection(new Inspections());
  await other.round();
  expect(await refusedOf(page)).toBeNull();
  await holder.stop();
  await other.round();
  expect(await refusedOf(page)).toMatch(/but is plain text/);
});
