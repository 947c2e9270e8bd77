import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openImages, type ImageAccess, type Images } from './images.js';

const id = '7c1b2c3d-0000-4000-8000-000000000001';
const content = Buffer.alloc(300_000, 'image');
const sha256 = createHash('sha256').update(content).digest('hex');

let server: Server;
let directory: string;
let images: Images;
let access: ImageAccess;
/** The behaviour of the API; each test changes a part of it. */
let api: {
  tokens: number;
  downloads: number;
  descriptions: number;
  /** Number of requests that still get a 429. */
  busy: number;
  validToken: string;
  image: Record<string, unknown>;
  file: (response: ServerResponse) => void;
};

beforeEach(async () => {
  api = {
    tokens: 0,
    downloads: 0,
    descriptions: 0,
    busy: 0,
    validToken: 'token-1',
    image: { id, name: 'kernel', status: 'active', size: content.length, os_hash_value: sha256 },
    file: (response) => response.end(content),
  };
  server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  directory = await mkdtemp(join(tmpdir(), 'image-client-'));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  access = {
    authUrl: `${base}/identity`,
    imageUrl: `${base}/image`,
    user: 'metalcast',
    password: 'pw',
    project: 'service',
    stallMs: 200,
  };
  images = openImages(access);
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const answer: RequestListener = (request, response) => {
  const url = request.url ?? '';
  if (api.busy > 0) {
    api.busy -= 1;
    response.writeHead(429, { 'retry-after': '1' }).end();
  } else if (url === '/identity/v3/auth/tokens') {
    api.tokens += 1;
    api.validToken = `token-${api.tokens}`;
    response.writeHead(201, { 'x-subject-token': api.validToken });
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    response.end(JSON.stringify({ token: { expires_at: expires } }));
  } else if (request.headers['x-auth-token'] !== api.validToken) {
    response.writeHead(401).end();
  } else if (url === `/image/v2/images/${id}/file`) {
    api.downloads += 1;
    api.file(response);
  } else if (url === `/image/v2/images/${id}`) {
    api.descriptions += 1;
    response.end(JSON.stringify(api.image));
  } else if (url.startsWith('/image/v2/images?name=kernel&')) {
    response.end(JSON.stringify({ images: [api.image] }));
  } else if (url.startsWith('/image/v2/images?')) {
    response.end(JSON.stringify({ images: [] }));
  } else {
    response.writeHead(404).end();
  }
};

test('describes by id and by name with one token', async () => {
  const expected = {
    id,
    name: 'kernel',
    size: content.length,
    hashAlgorithm: 'sha256',
    hash: sha256,
  };
  expect(await images.describe(id)).toMatchObject(expected);
  expect(await images.describe('kernel')).toMatchObject(expected);
  expect(api.tokens).toBe(1);
});

test.each([
  [404, 'IMAGE_MISSING'],
  [204, 'IMAGE_MISSING'],
  [409, 'IMAGE_CORRUPT'],
])('bytes that are not in the store (%i) are the fault of the image: %s', async (status, code) => {
  api.file = (response) => response.writeHead(status).end();
  const fault = { code, details: { image: id } };
  await expect(images.fetchTo(id, directory)).rejects.toMatchObject(fault);
});

test('a deactivated image says so', async () => {
  api.image = { ...api.image, status: 'deactivated' };
  await expect(images.describe(id)).rejects.toMatchObject({
    code: 'IMAGE_MISSING',
    message: `Image ${id} is deactivated.`,
  });
});

test('told to wait, it waits and asks again', async () => {
  api.busy = 1;
  expect(await images.describe(id)).toMatchObject({ id });
  api.busy = 1;
  expect(await images.describe('kernel')).toMatchObject({ id });
});

test('a revoked token is replaced', async () => {
  await images.describe(id);
  api.validToken = 'another';
  await images.describe('kernel');
  expect(api.tokens).toBe(2);
});

test('the API is asked once of one image, by all who ask at the same time and soon after', async () => {
  await Promise.all([images.describe(id), images.describe(id), images.fetchTo(id, directory)]);
  await images.fetchTo(id, directory);
  expect(api.descriptions).toBe(1);
});

test('and again when its answer is old, when it failed, and when the image could not be fetched', async () => {
  images = openImages({ ...access, recheckMs: 0 });
  await images.describe(id);
  await images.describe(id);
  expect(api.descriptions).toBe(2);
  images = openImages(access);
  api.image = { ...api.image, status: 'queued' };
  await expect(images.describe(id)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
  api.image = { ...api.image, status: 'active' };
  api.file = (response) => response.writeHead(204).end();
  await expect(images.fetchTo(id, directory)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
  api.file = (response) => response.end(content);
  await images.fetchTo(id, directory);
  expect(api.descriptions).toBe(5);
});

test('fetches once, checked, under its hash', async () => {
  const progress: number[] = [];
  const [path, again] = await Promise.all([
    images.fetchTo(id, directory, { onProgress: (bytes) => progress.push(bytes) }),
    images.fetchTo('kernel', directory),
  ]);
  expect(path).toBe(join(directory, sha256));
  expect(again).toBe(path);
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(progress.at(-1)).toBe(content.length);
  await images.fetchTo(id, directory);
  expect(api.downloads).toBe(1);
});

test('who comes while it is fetched hears how it gets on', async () => {
  let send = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    api.file = (response) => {
      send = () => void response.end(content);
      resolve();
    };
  });
  const first = images.fetchTo(id, directory);
  await asked;
  const progress: number[] = [];
  const second = images.fetchTo(id, directory, { onProgress: (bytes) => progress.push(bytes) });
  await new Promise(setImmediate);
  send();
  expect(await second).toBe(await first);
  expect(progress.at(-1)).toBe(content.length);
  expect(api.downloads).toBe(1);
});

/** Downloads that wait for `send`. */
function heldDownloads(): { readonly open: ServerResponse[]; readonly send: () => void } {
  const open: ServerResponse[] = [];
  api.file = (response) => {
    open.push(response);
    response.flushHeaders();
  };
  return { open, send: () => void open.at(-1)?.end(content) };
}

test('a download ends only when all who wait for it have given up', async () => {
  images = openImages({ ...access, stallMs: 30_000 });
  const { open, send } = heldDownloads();
  const [one, other] = [new AbortController(), new AbortController()];
  const first = images.fetchTo(id, directory, { signal: one.signal });
  const second = images.fetchTo(id, directory, { signal: other.signal });
  await vi.waitUntil(() => open.length > 0);
  one.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  const third = images.fetchTo(id, directory);
  send();
  expect(await second).toBe(join(directory, sha256));
  expect(await third).toBe(join(directory, sha256));
  expect(api.downloads).toBe(1);
});

test('then it does, leaves nothing, and who comes after begins anew', async () => {
  images = openImages({ ...access, stallMs: 30_000 });
  const { open, send } = heldDownloads();
  const givenUp = [new AbortController(), new AbortController()];
  const fetched = givenUp.map(({ signal }) => images.fetchTo(id, directory, { signal }));
  await vi.waitUntil(() => open.length > 0);
  const failed = fetched.map((path) => expect(path).rejects.toThrow('enough'));
  givenUp.forEach((controller) => {
    controller.abort(new Error('enough'));
  });
  const after = images.fetchTo(id, directory);
  await Promise.all(failed);
  await vi.waitUntil(() => open[0]?.destroyed === true);
  await vi.waitUntil(() => open.length > 1);
  send();
  expect(await after).toBe(join(directory, sha256));
  expect(await readdir(directory)).toEqual([sha256]);
});

test('who has given up before asks for nothing', async () => {
  await expect(
    images.fetchTo(id, directory, { signal: AbortSignal.abort(new Error('enough')) }),
  ).rejects.toThrow('enough');
  expect(await readdir(directory)).toEqual([]);
});

test('zeros of an image take no room', async () => {
  const image = Buffer.alloc(8 * 1024 * 1024);
  image.fill('begin', 0, 5000);
  image.fill('end', 6 * 1024 * 1024, 6 * 1024 * 1024 + 5000);
  const hash = createHash('sha256').update(image).digest('hex');
  api.image = { ...api.image, size: image.length, os_hash_value: hash };
  api.file = (response) => response.end(image);
  const path = await images.fetchTo(id, directory);
  expect((await readFile(path)).equals(image)).toBe(true);
  expect((await stat(path)).blocks * 512).toBeLessThan(2 * 1024 * 1024);
});

test('a truncated file of the right name is fetched again', async () => {
  await writeFile(join(directory, sha256), 'short');
  await images.fetchTo(id, directory);
  expect(await readdir(directory)).toEqual([sha256]);
  expect((await readFile(join(directory, sha256))).equals(content)).toBe(true);
});

test.each([
  ['other bytes', (response: ServerResponse) => response.end(Buffer.alloc(content.length, 'x'))],
  ['too few', (response: ServerResponse) => response.end(content.subarray(1))],
  ['too many', (response: ServerResponse) => response.end(Buffer.concat([content, content]))],
])('%s are refused and leave nothing', async (_, file) => {
  api.file = file;
  await expect(images.fetchTo(id, directory)).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
  expect(await readdir(directory)).toEqual([]);
});

test('a transfer that goes silent ends', async () => {
  api.file = (response) => response.write(content.subarray(0, 1000));
  await expect(images.fetchTo(id, directory)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await readdir(directory)).toEqual([]);
  api.file = (response) => response.end(content);
  await images.fetchTo(id, directory);
});

test('what a killed process left is removed, a live download is not', async () => {
  const [dead, live] = [join(directory, 'a.part'), join(directory, 'b.part')];
  await writeFile(dead, '');
  await writeFile(live, '');
  await utimes(dead, 1, 1);
  await images.fetchTo(id, directory);
  expect((await readdir(directory)).sort()).toEqual([sha256, 'b.part'].sort());
});

test('a download of nothing but zeros is seen to live', async () => {
  const image = Buffer.alloc(300_000);
  const hash = createHash('sha256').update(image).digest('hex');
  api.image = { ...api.image, size: image.length, os_hash_value: hash };
  let first: ServerResponse | undefined;
  api.file = (response) => {
    first = response;
    response.write(image.subarray(0, 100_000));
  };
  let come = 0;
  const onProgress = (bytes: number) => (come = bytes);
  const patient = openImages({ ...access, stallMs: 30_000 });
  const fetched = patient.fetchTo(id, directory, { onProgress });
  await vi.waitUntil(() => come === 100_000, { timeout: 10_000 });
  const [part = ''] = await readdir(directory);
  await utimes(join(directory, part), 1, 1);
  first?.write(image.subarray(100_000, 200_000));
  await vi.waitUntil(() => come === 200_000, { timeout: 10_000 });
  api.file = (response) => response.end(image);
  await openImages(access).fetchTo(id, directory);
  expect(await readdir(directory)).toContain(part);
  first?.end(image.subarray(200_000));
  expect((await readFile(await fetched)).equals(image)).toBe(true);
});

test('an image that is gone, unnamed, or without data is missing', async () => {
  const missing = { code: 'IMAGE_MISSING' };
  await expect(images.describe('7c1b2c3d-0000-4000-8000-000000000009')).rejects.toMatchObject(
    missing,
  );
  await expect(images.describe('nothing')).rejects.toMatchObject(missing);
  api.image = { ...api.image, status: 'queued' };
  await expect(images.describe(id)).rejects.toMatchObject(missing);
  api.image = { ...api.image, status: 'active' };
  api.file = (response) => response.writeHead(204).end();
  await expect(images.fetchTo(id, directory)).rejects.toMatchObject(missing);
});

test('an API that does not answer is unavailable, and no fault holds the password', async () => {
  const dead = openImages({
    authUrl: 'http://127.0.0.1:1/identity/v3',
    imageUrl: 'http://127.0.0.1:1/image',
    user: 'metalcast',
    password: 'canary-password',
    project: 'service',
  });
  const fault: unknown = await dead.describe(id).catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: 'UNAVAILABLE' });
  expect(JSON.stringify(fault) + String(fault)).not.toContain('canary');
});
