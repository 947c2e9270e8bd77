import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { freePort } from '@metalcast/rig';
import { openSession } from '@metalcast/cloud-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imageNames, uploadImages, type BuiltImages } from '../../../lab/src/cloud/images.js';
import { adminPassword, request, startApiProcess, type ApiProcess } from '../api/api-process.js';
import { diskFile } from '../api/disk-files.js';

const folder = mkdtempSync(join(tmpdir(), 'metalcast-lab-images-'));
const disk = join(folder, 'disk');
let api: ApiProcess;

beforeAll(async () => {
  // The session uses the URL in the catalog.
  api = await startApiProcess({ port: await freePort() });
  const convert = ['convert', '-f', 'raw', '-O', 'qcow2', diskFile(folder), disk];
  await run('qemu-img', convert, { timeoutMs: 10_000 });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Image files built from `version`. */
function built(version: string): BuiltImages {
  const contents = {
    kernel: Buffer.from(`kernel ${version}`),
    ramdisk: Buffer.from(`ramdisk ${version}`),
    image: readFileSync(disk),
  };
  const fileOf = (name: keyof typeof contents): string => {
    const file = join(folder, `${name}-${version}`);
    writeFileSync(file, contents[name]);
    return file;
  };
  const hashOf = (name: keyof typeof contents): string =>
    createHash('sha256').update(contents[name]).digest('hex');
  return {
    kernel: fileOf('kernel'),
    ramdisk: fileOf('ramdisk'),
    image: fileOf('image'),
    kernelSha256: hashOf('kernel'),
    ramdiskSha256: hashOf('ramdisk'),
    imageSha256: hashOf('image'),
    cached: false,
  };
}

async function upload(version: string): Promise<void> {
  const account = { user: 'admin', password: adminPassword, project: 'admin' };
  const session = await openSession({ authUrl: `${api.url}/identity`, ...account });
  await uploadImages(session, built(version));
}

const listed = () => api.database.prisma.image.findMany({ where: { name: imageNames.kernel } });

test('the deploy images are protected and can still be replaced by newer ones', async () => {
  await upload('1');
  const [kernel] = await listed();
  const token = api.admin;
  expect(
    (await request(`${api.url}/image/v2/images/${kernel!.id}`, 'DELETE', { token })).status,
  ).toBe(403);
  await upload('1');
  expect(await listed()).toEqual([kernel]);
  await upload('2');
  const newer = await listed();
  expect(newer).toMatchObject([{ protected: true, status: 'active' }]);
  expect(newer[0]!.id).not.toBe(kernel!.id);
  const image = { where: { name: imageNames.image } };
  expect((await api.database.prisma.image.findFirst(image))?.protected).toBe(false);
});
