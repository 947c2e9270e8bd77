import { createHash, randomBytes } from 'node:crypto';
import { rmSync, truncateSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { expect, test } from 'vitest';
import { request, type Answer } from './api-process.js';
import { diskBytes } from './disk-files.js';
import { imageRig, maxImageBytes } from './image-rig.js';

const timeoutMs = 10_000;
const rig = imageRig();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('created queued, uploaded active, downloaded as it was', async () => {
  const bytes = diskBytes(rig.folder);
  const created = await request(rig.url(), 'POST', {
    token: rig.api.admin,
    body: {
      name: 'debian',
      disk_format: 'raw',
      container_format: 'bare',
      arch: 'x86_64',
      'owner_specified.openstack.sha256': '',
    },
  });
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toContain(`/image/v2/images/${created.body.id}`);
  expect(created.body).toMatchObject({
    name: 'debian',
    status: 'queued',
    visibility: 'shared',
    size: null,
    checksum: null,
    arch: 'x86_64',
    protected: false,
    tags: [],
    schema: '/v2/schemas/image',
  });
  const id = created.body.id;
  expect((await request(rig.url(`/${id}/file`), 'GET', { token: rig.api.admin })).status).toBe(204);
  expect((await rig.upload(id, bytes)).status).toBe(204);
  expect(await rig.show(id)).toMatchObject({
    status: 'active',
    size: bytes.length,
    virtual_size: bytes.length,
    checksum: createHash('md5').update(bytes).digest('hex'),
    os_hash_algo: 'sha256',
    os_hash_value: sha256(bytes),
  });
  const file = await fetch(rig.url(`/${id}/file`), {
    headers: { 'x-auth-token': rig.api.service },
  });
  expect(file.headers.get('content-length')).toBe(String(bytes.length));
  expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(bytes));
  const part = await fetch(rig.url(`/${id}/file`), {
    headers: { 'x-auth-token': rig.api.admin, range: 'bytes=1000-1999' },
  });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${bytes.length}`);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(1000, 2000));
  const outside = await request(rig.url(`/${id}/file`), 'GET', {
    token: rig.api.admin,
    headers: { range: `bytes=${bytes.length}-` },
  });
  expect(outside.status).toBe(416);
  expect(rig.incoming()).toEqual([]);
});

test('a second upload is a 409, and the first stays', async () => {
  const bytes = randomBytes(1000);
  const id = await rig.newImage();
  expect((await rig.upload(id, bytes)).status).toBe(204);
  expect((await rig.upload(id, randomBytes(1000))).status).toBe(409);
  expect(await rig.show(id)).toMatchObject({ status: 'active', os_hash_value: sha256(bytes) });
});

test('two uploads at once: one wins, the other is a 409', async () => {
  const id = await rig.newImage();
  const [first, second] = [randomBytes(2_000_000), randomBytes(2_000_000)];
  const answers: readonly Answer[] = await Promise.all([
    rig.upload(id, first),
    rig.upload(id, second),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  const winner = answers[0]?.status === 204 ? first : second;
  expect(await rig.show(id)).toMatchObject({ status: 'active', os_hash_value: sha256(winner) });
});

test('the same bytes twice are kept once, until the last image with them is deleted', async () => {
  const bytes = randomBytes(100_000);
  const ids = [await rig.newImage(), await rig.newImage()];
  await Promise.all(ids.map((id) => rig.upload(id, bytes)));
  expect(rig.kept().filter((name) => name === sha256(bytes))).toHaveLength(1);
  for (const [n, id] of ids.entries()) {
    expect(rig.kept()).toContain(sha256(bytes));
    expect((await request(rig.url(`/${id}`), 'DELETE', { token: rig.api.admin })).status).toBe(204);
    expect(rig.kept().includes(sha256(bytes))).toBe(n === 0);
  }
});

test('a client that goes away leaves nothing, and the image can be uploaded again', async () => {
  const id = await rig.newImage();
  const sent = httpRequest(rig.url(`/${id}/file`), {
    method: 'PUT',
    headers: {
      'x-auth-token': rig.api.admin,
      'content-type': 'application/octet-stream',
      'content-length': '1000000',
    },
  });
  sent.on('error', () => undefined);
  sent.write(randomBytes(100_000));
  await waitFor(() => rig.incoming().length === 1, { timeoutMs, what: 'the upload to begin' });
  expect((await rig.show(id)).status).toBe('saving');
  sent.destroy();
  await waitFor(async () => (await rig.show(id)).status === 'queued', {
    timeoutMs,
    what: 'the image to be queued',
  });
  expect(rig.incoming()).toEqual([]);
  expect((await rig.upload(id, randomBytes(1000))).status).toBe(204);
});

test('an upload that is refused holds up none that follows', async () => {
  const created = await request(rig.url(), 'POST', {
    token: rig.api.admin,
    body: { name: 'of no format yet' },
  });
  const { id } = created.body;
  expect((await rig.upload(id, randomBytes(1000))).status).toBe(400);
  await rig.api.database.prisma.image.update({
    where: { id },
    data: { diskFormat: 'ari', containerFormat: 'ari' },
  });
  expect((await rig.upload(id, randomBytes(1000))).status).toBe(204);
});

test('a process that died while saving holds nobody up', async () => {
  const id = await rig.newImage();
  await rig.api.database.prisma.image.update({ where: { id }, data: { status: 'saving' } });
  expect((await rig.upload(id, randomBytes(1000))).status).toBe(204);
});

test('an image deleted while it is uploaded leaves no bytes', async () => {
  const id = await rig.newImage();
  const bytes = randomBytes(50_000);
  const sent = httpRequest(rig.url(`/${id}/file`), {
    method: 'PUT',
    headers: { 'x-auth-token': rig.api.admin, 'content-type': 'application/octet-stream' },
  });
  const answered = new Promise<number>((resolve) => {
    sent.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  sent.write(bytes.subarray(0, 10_000));
  await waitFor(() => rig.incoming().length === 1, { timeoutMs, what: 'the upload to begin' });
  expect((await request(rig.url(`/${id}`), 'DELETE', { token: rig.api.admin })).status).toBe(204);
  sent.end(bytes.subarray(10_000));
  expect(await answered).toBe(409);
  expect(rig.kept()).not.toContain(sha256(bytes));
  expect(rig.incoming()).toEqual([]);
});

test('too large, told or found out', async () => {
  const told = await rig.upload(await rig.newImage(), new Uint8Array(maxImageBytes + 1));
  expect(told.status).toBe(413);
  const id = await rig.newImage();
  const chunks = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(1024 ** 2));
      if ((sentMib += 1) === 18) {
        controller.close();
      }
    },
  });
  let sentMib = 0;
  const found = await fetch(rig.url(`/${id}/file`), {
    method: 'PUT',
    headers: { 'x-auth-token': rig.api.admin, 'content-type': 'application/octet-stream' },
    body: chunks,
    duplex: 'half',
  });
  expect(found.status).toBe(413);
  expect((await rig.show(id)).status).toBe('queued');
  expect(rig.incoming()).toEqual([]);
});

test('bytes that are not those the client meant to send are refused', async () => {
  const id = await rig.newImage({ 'owner_specified.openstack.sha256': '0'.repeat(64) });
  const answer = await rig.upload(id, randomBytes(1000));
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain('sha256');
  expect((await rig.show(id)).status).toBe('queued');
});

test('bytes that are gone or short in the store are told with the image, and not as an error of the api', async () => {
  const id = await rig.newImage();
  const bytes = randomBytes(2000);
  expect((await rig.upload(id, bytes)).status).toBe(204);
  const file = join(rig.api.imageDirectory, 'sha256', sha256(bytes));
  const download = (): Promise<Answer> =>
    request(rig.url(`/${id}/file`), 'GET', { token: rig.api.admin });
  truncateSync(file, 1000);
  const short = await download();
  expect(short.status).toBe(409);
  expect(short.body.error.message).toContain(`Image ${id} does not have the sha256`);
  rmSync(file);
  const gone = await download();
  expect(gone.status).toBe(404);
  expect(gone.body.error.message).toBe(`Image ${id} is gone or has no data.`);
});
