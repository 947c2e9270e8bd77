import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addMember,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
  type Body,
} from './api-process.js';

const timeoutMs = 10_000;
const maxImageBytes = 16 * 1024 ** 2;
let api: ApiProcess;
let member: string;
let folder: string;

beforeAll(async () => {
  api = await startApiProcess({ maxImageBytes });
  member = await addMember(api, 'alice');
  folder = mkdtempSync(join(tmpdir(), 'metalcast-image-test-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.close();
});

const images = (path = ''): string => `${api.url}/image/v2/images${path}`;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const kept = (): string[] => filesIn('sha256');
const incoming = (): string[] => filesIn('incoming');

function filesIn(part: string): string[] {
  try {
    return readdirSync(join(api.imageDirectory, part));
  } catch {
    return [];
  }
}

async function newImage(fields: object = {}, token = api.admin): Promise<string> {
  const body = { name: 'test', disk_format: 'raw', container_format: 'bare', ...fields };
  const answer = await request(images(), 'POST', { token, body });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function upload(id: string, bytes: Uint8Array, token = api.admin): Promise<Answer> {
  const answer = await fetch(images(`/${id}/file`), {
    method: 'PUT',
    headers: { 'x-auth-token': token, 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: JSON.parse(text === '' ? '{}' : text) as Body,
  };
}

async function show(id: string, token = api.admin): Promise<Body> {
  return (await request(images(`/${id}`), 'GET', { token })).body;
}

function qemuImg(...args: string[]): Buffer {
  const path = join(folder, randomBytes(6).toString('hex'));
  const [options, size] = [args.slice(0, -1), args.slice(-1)];
  execFileSync('qemu-img', ['create', '-q', ...options, path, ...size]);
  return readFileSync(path);
}

test('created queued, uploaded active, downloaded as it was', async () => {
  const bytes = randomBytes(1_500_000);
  const created = await request(images(), 'POST', {
    token: api.admin,
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
  expect((await request(images(`/${id}/file`), 'GET', { token: api.admin })).status).toBe(204);
  expect((await upload(id, bytes)).status).toBe(204);
  expect(await show(id)).toMatchObject({
    status: 'active',
    size: bytes.length,
    virtual_size: bytes.length,
    checksum: createHash('md5').update(bytes).digest('hex'),
    os_hash_algo: 'sha256',
    os_hash_value: sha256(bytes),
  });
  const file = await fetch(images(`/${id}/file`), { headers: { 'x-auth-token': api.service } });
  expect(file.headers.get('content-length')).toBe(String(bytes.length));
  expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(bytes));
  const part = await fetch(images(`/${id}/file`), {
    headers: { 'x-auth-token': api.admin, range: 'bytes=1000-1999' },
  });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${bytes.length}`);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(1000, 2000));
  const outside = await request(images(`/${id}/file`), 'GET', {
    token: api.admin,
    headers: { range: `bytes=${bytes.length}-` },
  });
  expect(outside.status).toBe(416);
  expect(incoming()).toEqual([]);
});

test('a second upload is a 409, and the first stays', async () => {
  const bytes = randomBytes(1000);
  const id = await newImage();
  expect((await upload(id, bytes)).status).toBe(204);
  expect((await upload(id, randomBytes(1000))).status).toBe(409);
  expect(await show(id)).toMatchObject({ status: 'active', os_hash_value: sha256(bytes) });
});

test('two uploads at once: one wins, the other is a 409', async () => {
  const id = await newImage();
  const [first, second] = [randomBytes(2_000_000), randomBytes(2_000_000)];
  const answers: readonly Answer[] = await Promise.all([upload(id, first), upload(id, second)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  const winner = answers[0]?.status === 204 ? first : second;
  expect(await show(id)).toMatchObject({ status: 'active', os_hash_value: sha256(winner) });
});

test('the same bytes twice are kept once, until the last image with them is deleted', async () => {
  const bytes = randomBytes(100_000);
  const ids = [await newImage(), await newImage()];
  await Promise.all(ids.map((id) => upload(id, bytes)));
  expect(kept().filter((name) => name === sha256(bytes))).toHaveLength(1);
  for (const [n, id] of ids.entries()) {
    expect(kept()).toContain(sha256(bytes));
    expect((await request(images(`/${id}`), 'DELETE', { token: api.admin })).status).toBe(204);
    expect(kept().includes(sha256(bytes))).toBe(n === 0);
  }
});

test('a client that goes away leaves nothing, and the image can be uploaded again', async () => {
  const id = await newImage();
  const sent = httpRequest(images(`/${id}/file`), {
    method: 'PUT',
    headers: {
      'x-auth-token': api.admin,
      'content-type': 'application/octet-stream',
      'content-length': '1000000',
    },
  });
  sent.on('error', () => undefined);
  sent.write(randomBytes(100_000));
  await waitFor(() => incoming().length === 1, { timeoutMs, what: 'the upload to begin' });
  expect((await show(id)).status).toBe('saving');
  sent.destroy();
  await waitFor(async () => (await show(id)).status === 'queued', {
    timeoutMs,
    what: 'the image to be queued',
  });
  expect(incoming()).toEqual([]);
  expect((await upload(id, randomBytes(1000))).status).toBe(204);
});

test('a process that died while saving holds nobody up', async () => {
  const id = await newImage();
  await api.database.prisma.image.update({ where: { id }, data: { status: 'saving' } });
  expect((await upload(id, randomBytes(1000))).status).toBe(204);
});

test('an image deleted while it is uploaded leaves no bytes', async () => {
  const id = await newImage();
  const bytes = randomBytes(50_000);
  const sent = httpRequest(images(`/${id}/file`), {
    method: 'PUT',
    headers: { 'x-auth-token': api.admin, 'content-type': 'application/octet-stream' },
  });
  const answered = new Promise<number>((resolve) => {
    sent.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  sent.write(bytes.subarray(0, 10_000));
  await waitFor(() => incoming().length === 1, { timeoutMs, what: 'the upload to begin' });
  expect((await request(images(`/${id}`), 'DELETE', { token: api.admin })).status).toBe(204);
  sent.end(bytes.subarray(10_000));
  expect(await answered).toBe(409);
  expect(kept()).not.toContain(sha256(bytes));
  expect(incoming()).toEqual([]);
});

test('too large, told or found out', async () => {
  const told = await upload(await newImage(), new Uint8Array(maxImageBytes + 1));
  expect(told.status).toBe(413);
  const id = await newImage();
  const chunks = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(1024 ** 2));
      if ((sentMib += 1) === 18) {
        controller.close();
      }
    },
  });
  let sentMib = 0;
  const found = await fetch(images(`/${id}/file`), {
    method: 'PUT',
    headers: { 'x-auth-token': api.admin, 'content-type': 'application/octet-stream' },
    body: chunks,
    duplex: 'half',
  });
  expect(found.status).toBe(413);
  expect((await show(id)).status).toBe('queued');
  expect(incoming()).toEqual([]);
});

test('bytes that are not those the client meant to send are refused', async () => {
  const id = await newImage({ 'owner_specified.openstack.sha256': '0'.repeat(64) });
  const answer = await upload(id, randomBytes(1000));
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain('sha256');
  expect((await show(id)).status).toBe('queued');
});

test('a qcow2 image that stands alone is accepted with its virtual size', async () => {
  const id = await newImage({ disk_format: 'qcow2' });
  expect((await upload(id, qemuImg('-f', 'qcow2', '64M'))).status).toBe(204);
  expect(await show(id)).toMatchObject({ status: 'active', virtual_size: 64 * 1024 ** 2 });
});

const refusals: [string, string, () => Uint8Array, string][] = [
  ['raw that is qcow2', 'raw', () => qemuImg('-f', 'qcow2', '1M'), 'but is qcow2'],
  ['raw that is vmdk', 'raw', () => qemuImg('-f', 'vmdk', '1M'), 'but is vmdk'],
  ['a kernel that is vhdx', 'aki', () => qemuImg('-f', 'vhdx', '1M'), 'but is vhdx'],
  ['qcow2 that is raw', 'qcow2', () => randomBytes(100_000), 'something else'],
  [
    'a backing file',
    'qcow2',
    () => qemuImg('-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/passwd', '1M'),
    'backing file',
  ],
  [
    'an external data file',
    'qcow2',
    () => qemuImg('-f', 'qcow2', '-o', `data_file=${join(folder, 'data')},data_file_raw=on`, '1M'),
    'external file',
  ],
  [
    'a piece of a qcow2 head',
    'qcow2',
    () => qemuImg('-f', 'qcow2', '1M').subarray(0, 40),
    'qemu-img cannot read it',
  ],
  ['nothing', 'raw', () => new Uint8Array(0), 'empty'],
];

test.each(refusals)('refused: %s', async (_, format, make, reason) => {
  const id = await newImage({ disk_format: format });
  const before = kept().length;
  const answer = await upload(id, make());
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(reason);
  expect((await show(id)).status).toBe('queued');
  expect(kept()).toHaveLength(before);
  expect(incoming()).toEqual([]);
});

test('no format, no upload; no such format, no image', async () => {
  const id = await newImage({ disk_format: null });
  expect((await upload(id, randomBytes(10))).status).toBe(400);
  const answer = await request(images(), 'POST', {
    token: api.admin,
    body: { name: 'x', disk_format: 'vmdk', container_format: 'bare' },
  });
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain('disk_format');
});

test('JSON where bytes belong is a 415', async () => {
  const id = await newImage();
  const answer = await request(images(`/${id}/file`), 'PUT', { token: api.admin, body: {} });
  expect(answer.status).toBe(415);
});

const patchType = 'application/openstack-images-v2.1-json-patch';

function patch(id: string, operations: object[], token = api.admin): Promise<Answer> {
  return request(images(`/${id}`), 'PATCH', {
    token,
    body: operations,
    headers: { 'content-type': patchType },
  });
}

test('changes by JSON patch', async () => {
  const id = await newImage({ arch: 'x86_64' });
  const changed = await patch(id, [
    { op: 'replace', path: '/name', value: 'renamed' },
    { op: 'add', path: '/os_distro', value: 'debian' },
    { op: 'remove', path: '/arch' },
    { op: 'add', path: '/tags', value: ['a'] },
    { op: 'add', path: '/tags/-', value: 'b' },
    { op: 'replace', path: '/visibility', value: 'public' },
    { op: 'replace', path: '/min_disk', value: 3 },
  ]);
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({
    name: 'renamed',
    os_distro: 'debian',
    tags: ['a', 'b'],
    visibility: 'public',
    min_disk: 3,
  });
  expect(changed.body).not.toHaveProperty('arch');
  expect((await patch(id, [{ op: 'replace', path: '/status', value: 'active' }])).status).toBe(403);
  expect((await patch(id, [{ op: 'remove', path: '/nothing' }])).status).toBe(409);
  expect((await patch(id, [{ op: 'replace', path: '/min_disk', value: 'x' }])).status).toBe(400);
  expect((await patch(id, [{ op: 'test', path: '/name' }])).status).toBe(400);
  const plain = await request(images(`/${id}`), 'PATCH', { token: api.admin, body: [] });
  expect(plain.status).toBe(415);
});

test('a protected image is not deleted', async () => {
  const id = await newImage({ protected: true });
  expect((await request(images(`/${id}`), 'DELETE', { token: api.admin })).status).toBe(403);
  await patch(id, [{ op: 'replace', path: '/protected', value: false }]);
  expect((await request(images(`/${id}`), 'DELETE', { token: api.admin })).status).toBe(204);
  expect((await request(images(`/${id}`), 'GET', { token: api.admin })).status).toBe(404);
});

test('members see public images and their own, and change their own alone', async () => {
  const open = await newImage({ name: 'open', visibility: 'public' });
  const hidden = await newImage({ name: 'hidden' });
  const own = await newImage({ name: 'own' }, member);
  const list = await request(images('?limit=1000'), 'GET', { token: member });
  const names = list.body.images.map(({ name }) => name);
  expect(names).toContain('open');
  expect(names).toContain('own');
  expect(names).not.toContain('hidden');
  expect((await request(images(`/${hidden}`), 'GET', { token: member })).status).toBe(404);
  expect((await upload(hidden, randomBytes(10), member)).status).toBe(404);
  expect((await request(images(`/${open}`), 'DELETE', { token: member })).status).toBe(403);
  expect((await patch(open, [], member)).status).toBe(403);
  const publish = [{ op: 'replace', path: '/visibility', value: 'public' }];
  expect((await patch(own, publish, member)).status).toBe(403);
  expect((await upload(own, randomBytes(10), api.service)).status).toBe(403);
  expect((await show(hidden, api.service)).name).toBe('hidden');
  expect((await request(images(`/${own}`), 'DELETE', { token: member })).status).toBe(204);
});

test('lists: filters, order, pages', async () => {
  for (const n of [1, 2, 3, 4, 5]) {
    await newImage({ name: `page-${n}`, batch: 'pages', tags: ['t'] });
  }
  const names = async (query: string): Promise<string[]> => {
    const { body } = await request(images(`?${query}`), 'GET', { token: api.admin });
    return body.images.map(({ name }) => name);
  };
  expect(await names('name=page-3')).toEqual(['page-3']);
  expect(await names('name=nothing')).toEqual([]);
  expect(await names('batch=pages&sort=name:asc')).toEqual([1, 2, 3, 4, 5].map((n) => `page-${n}`));
  expect(await names('tag=t&sort_key=name&sort_dir=desc&limit=2')).toEqual(['page-5', 'page-4']);
  expect(await names('batch=pages&status=active')).toEqual([]);
  const seen: string[] = [];
  let next: string | undefined = '/v2/images?batch=pages&sort=name:asc&limit=2';
  while (next !== undefined) {
    const { body }: Answer = await request(`${api.url}/image${next}`, 'GET', { token: api.admin });
    seen.push(...body.images.map(({ name }) => name));
    next = body.next;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5].map((n) => `page-${n}`));
  expect((await request(images('?sort=nonsense'), 'GET', { token: api.admin })).status).toBe(400);
  expect((await request(images('?marker=x'), 'GET', { token: api.admin })).status).toBe(404);
});

test('versions and schemas', async () => {
  const versions = await request(`${api.url}/image`, 'GET');
  expect(versions.status).toBe(300);
  expect(versions.body.versions[0]).toMatchObject({ status: 'CURRENT' });
  const schema = await request(`${api.url}/image/v2/schemas/image`, 'GET');
  expect(schema.body.name).toBe('image');
});
