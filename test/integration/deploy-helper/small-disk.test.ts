// Small raw images, written by the helper itself to a real iSCSI target.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  composeDisk,
  contentOf,
  type ComposedDisk,
} from '../../../services/deploy-helper/src/disk/compose-disk.js';
import type { Patch } from '../../../services/deploy-helper/src/disk/partition-table.js';
import type { IscsiTarget } from '../../../services/deploy-helper/src/disk/write-disk.js';
import {
  isSmallRaw,
  writeSmallDisk,
} from '../../../services/deploy-helper/src/disk/write-small-disk.js';
import { inspectImage } from '../../../services/deploy-helper/src/image/inspect-image.js';
import { KnownImage } from '../../../services/deploy-helper/src/image/known-image.js';
import { TargetDaemon } from './target-daemon.js';

const mib = 1024 * 1024;
const diskBytes = 16 * mib;
const of = {
  iqn: 'iqn.2026-11.internal.metalcast:n.e3.a1',
  chapUser: 'e3a1',
  chapSecret: 'canary-secret-16',
};
const old = Buffer.alloc(diskBytes, 'what was there before\n');

let folder: string;
let image: KnownImage;
let imageBytes: Buffer;
let diskFile: string;
let daemon: TargetDaemon;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const path = join(folder, 'image.raw');
  // Data, a hole, data, and an end that is no whole MiB.
  imageBytes = Buffer.alloc(5 * mib + 4096);
  randomBytes(mib + 512).copy(imageBytes);
  randomBytes(mib + 4096).copy(imageBytes, 4 * mib);
  const file = openSync(path, 'w');
  for (const [from, to] of [
    [0, 2 * mib],
    [4 * mib, imageBytes.length],
  ] as const) {
    writeSync(file, imageBytes, from, to - from, from);
  }
  closeSync(file);
  const work = join(folder, 'work');
  mkdirSync(work);
  image = await KnownImage.learn(await inspectImage(path, { id: 'i', diskFormat: 'raw' }), work);
  diskFile = join(folder, 'disk');
  writeFileSync(diskFile, old);
  daemon = await TargetDaemon.serve(diskFile, of);
});
afterEach(() => {
  closing.splice(0).forEach((close) => close());
});
afterAll(async () => {
  await daemon.kill();
  rmSync(folder, { recursive: true });
});

const disk = (patches: readonly Patch[] = []): ComposedDisk =>
  composeDisk({ image, diskBytes, patches });

const target = (changes: Partial<IscsiTarget> = {}): IscsiTarget => ({
  ...{ portal: `127.0.0.1:${daemon.port}`, iqn: of.iqn, lun: 1, zeroed: true },
  ...{ user: of.chapUser, secret: of.chapSecret },
  ...changes,
});

async function write(to: IscsiTarget, what = disk(), signal = new AbortController().signal) {
  const shares: number[] = [];
  const onProgress = (share: number): unknown => shares.push(share);
  await writeSmallDisk(what, to, { node: 'n', folder, signal, onProgress });
  return shares;
}

/** Between the helper and the target: sees each piece that the helper sends. */
async function between(onPiece: (bytes: number) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    const there = connect(daemon.port, '127.0.0.1');
    socket.on('data', (piece) => {
      onPiece(piece.length);
    });
    socket.pipe(there).pipe(socket);
    socket.on('error', () => there.destroy());
    there.on('error', () => socket.destroy());
    closing.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('all data of image and patches is on the disk, and nothing else is touched', async () => {
  const patches = [
    { offset: 0, bytes: randomBytes(512) },
    { offset: 4 * mib + 512, bytes: randomBytes(1024) },
    { offset: 4 * mib + 65_536, bytes: randomBytes(512), length: 4096 },
    { offset: diskBytes - 17_408, bytes: randomBytes(17_408) },
  ];
  const composed = disk(patches);
  expect(isSmallRaw(composed, target())).toBe(true);
  const shares = await write(target(), composed);
  const expected = Buffer.from(old);
  for (const { offset, length } of composed.data) {
    expected.fill(0, offset, offset + length);
    imageBytes.subarray(offset, offset + length).copy(expected, offset);
  }
  patches.forEach(({ offset, bytes }) => bytes.copy(expected, offset));
  const reading = { folder, signal: new AbortController().signal };
  const content = await contentOf(composed, { offset: 4 * mib, length: mib }, reading);
  const [mbr, , drive] = patches;
  expect(content.subarray(65_536, 66_048).equals(drive?.bytes ?? old)).toBe(true);
  expect(content.subarray(66_048, 69_632).every((byte) => byte === 0)).toBe(true);
  expect(content.subarray(69_632).equals(expected.subarray(4 * mib + 69_632, 5 * mib))).toBe(true);
  expect(mbr?.bytes.equals(readFileSync(diskFile).subarray(0, 512))).toBe(true);
  expect(readFileSync(diskFile).equals(expected)).toBe(true);
  const hole = [2 * mib, 4 * mib] as const;
  expect(expected.subarray(...hole).equals(old.subarray(...hole))).toBe(true);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test.each([
  ['another secret', { secret: 'another-secret-1' }, 'TARGET_REFUSED', /Authentication failure/],
  ['another target', { iqn: `${of.iqn}1` }, 'TARGET_REFUSED', /Target not found/],
  ['nobody there', { portal: '127.0.0.1:1' }, 'WRITE_FAILED', /ECONNREFUSED/],
  ['another disk', { lun: 7 }, 'WRITE_FAILED', /the disk answers with status 2/],
])('%s', async (_, changes, code, words) => {
  const failure = write(target(changes));
  await expect(failure).rejects.toMatchObject({
    code,
    message: expect.stringMatching(words) as unknown,
  });
  await expect(failure).rejects.not.toThrow(of.chapSecret);
});

test('a target that dies in the middle is a failed write that says how far it was', async () => {
  let seen = 0;
  const portal = await between((bytes) => {
    seen += bytes;
    if (seen > mib) {
      closing.splice(0).forEach((close) => close());
    }
  });
  await expect(write(target({ portal }))).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    details: { node: 'n', percent: expect.any(Number) as unknown },
  });
});

test('whoever stops it hears why, also while the target hangs', async () => {
  const stop = new AbortController();
  const why = new Error('the claim is lost');
  const portal = await between(() => {
    stop.abort(why);
  });
  await expect(write(target({ portal }), disk(), stop.signal)).rejects.toBe(why);
});

test('a target that talks nonsense is refused, however it says it', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const header = Buffer.alloc(48, 0xff);
    socket.end(header);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const portal = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(write(target({ portal }))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
});
