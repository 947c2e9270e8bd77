// What an image's table, size and state allow is answered when a server is asked for, not on the machine.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@metalcast/log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImageDirectory } from '../../../services/api/src/image/store/image-directory.js';
import { Inspections } from '../../../services/api/src/image/store/inspections.js';
import { StoredInspection } from '../../../services/api/src/image/store/stored-inspection.js';
import { request } from './api-process.js';
import { diskBytes, gptTable, mbrTable } from './disk-files.js';
import { ImageRig } from './image-rig.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

const fullTable = `${mbrTable}start=4096,size=1,type=83\nstart=4097,size=1,type=83\n`;
const flavors = {
  plain: { rootGb: 4, swap: 0 },
  swapping: { rootGb: 4, swap: 64 },
  whole: { rootGb: 0, swap: 0 },
};

let servers: ServerRig;
let images: ImageRig;
beforeAll(async () => {
  servers = await startServerRig();
  images = new ImageRig();
  images.use(servers.api);
  for (const [name, sizes] of Object.entries(flavors)) {
    await servers.api.database.prisma.flavor.create({
      data: { flavorid: name, name, memoryMb: 512, vcpus: 1, ...sizes },
    });
  }
});
afterAll(async () => {
  rmSync(images.folder, { recursive: true, force: true });
  await servers.close();
});

async function upload(disk: Buffer, fields: object = {}): Promise<string> {
  const id = await images.newImage({ disk_format: 'raw', container_format: 'bare', ...fields });
  expect((await images.upload(id, disk)).status).toBe(204);
  return id;
}

/** The status and what is said to a request for a server. */
async function ask(imageRef: string, flavorRef: string, more: object = {}): Promise<string> {
  const answer = await servers.ask({ imageRef, flavorRef, ...more });
  return answer.status === 202 ? '202' : `${answer.status} ${messageIn(answer)}`;
}

async function hashOf(id: string): Promise<string> {
  const { prisma } = servers.api.database;
  return (await prisma.image.findUniqueOrThrow({ where: { id } })).sha256 ?? '';
}

const noDrive = { config_drive: false };

test('config drive and swap need free entries in the table', async () => {
  const full = await upload(diskBytes(images.folder, { table: `${fullTable}start=4098,size=1\n` }));
  expect(await ask(full, 'plain')).toMatch(
    /^400 .*its partition table has 0 free places, config-2 need 1/,
  );
  expect(await ask(full, 'plain', noDrive)).toBe('202');
  const one = await upload(diskBytes(images.folder, { table: fullTable }));
  expect(await ask(one, 'plain')).toBe('202');
  expect(await ask(one, 'swapping')).toMatch(/^400 .*has 1 free places, swap1 and config-2 need 2/);
  const gpt = await upload(diskBytes(images.folder, { table: gptTable }));
  expect(await ask(gpt, 'swapping')).toBe('202');
});

test('a disk without a table takes neither', async () => {
  const boot = diskBytes(images.folder, { table: '' });
  boot.writeUInt16LE(0xaa55, 510);
  const id = await upload(boot);
  expect(await ask(id, 'plain')).toMatch(/^400 .*no partition table to which config-2 could be/);
  expect(await ask(id, 'plain', noDrive)).toBe('202');
});

test('explain refuses the same', async () => {
  const full = await upload(diskBytes(images.folder, { table: `${fullTable}start=4098,size=1\n` }));
  const answer = await request(`${servers.api.url}/metalcast/v1/explain`, 'POST', {
    token: servers.api.admin,
    body: { explain: { flavor: 'plain', image: full } },
  });
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toMatch(/0 free places/);
});

test('a deactivated image is not booted', async () => {
  const id = await upload(diskBytes(images.folder));
  const action = images.url(`/${id}/actions/deactivate`);
  expect((await request(action, 'POST', { token: servers.api.admin })).status).toBe(204);
  expect(await ask(id, 'plain')).toBe(`403 Image ${id} is deactivated.`);
});

test('the facts go with the server', async () => {
  const image = await upload(diskBytes(images.folder, { table: gptTable }));
  const uuid = await servers.server({ imageRef: image, flavorRef: 'whole' });
  const { prisma } = servers.api.database;
  const row = await prisma.instance.findUniqueOrThrow({ where: { uuid } });
  expect(row.image).toMatchObject({ facts: { table: 'gpt', partitions: 2, efi_readable: true } });
});

test('images that were stored before are inspected, and refused if they are no disks', async () => {
  const { prisma } = servers.api.ownDatabase;
  const good = await upload(diskBytes(images.folder));
  const page = await images.newImage();
  expect((await images.upload(page, Buffer.from('Not Found\n'))).status).toBe(204);
  const gone = await upload(diskBytes(images.folder));
  rmSync(join(servers.api.imageDirectory, 'sha256', await hashOf(gone)));
  await prisma.$executeRaw`
    UPDATE images SET disk_format = 'raw', facts = NULL
     WHERE id IN (${good}::uuid, ${page}::uuid, ${gone}::uuid)`;
  const directory = new ImageDirectory(servers.api);
  // The api's own inspection holds it.
  await prisma.$executeRaw`DELETE FROM leases WHERE name = 'image-inspection'`;
  const logger = createLogger('test', 'error', { write: () => undefined });
  const inspection = new StoredInspection(
    servers.api.ownDatabase,
    directory,
    new Inspections(),
    logger,
  );
  await inspection.round();
  expect(await images.show(good)).toMatchObject({ metalcast_partition_table: 'mbr' });
  expect(await images.show(page)).toMatchObject({
    metalcast_refused: expect.stringMatching(/declared as raw, but is plain text/) as string,
  });
  expect(await ask(page, 'plain')).toMatch(/^400 .*but is plain text: its download has probably/);
  for (const action of ['deactivate', 'reactivate']) {
    const url = images.url(`/${page}/actions/${action}`);
    expect((await request(url, 'POST', { token: servers.api.admin })).status).toBe(204);
  }
  expect(await images.show(page)).toMatchObject({ metalcast_refused: null });
  await inspection.round();
  expect(await images.show(page)).toMatchObject({
    metalcast_refused: expect.any(String) as string,
  });
  await inspection.stop();
  // The store may come back.
  expect(await images.show(gone)).toMatchObject({
    metalcast_partition_table: null,
    metalcast_refused: null,
  });
});
