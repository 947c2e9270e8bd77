import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { request } from './api-process.js';
import { diskBytes } from './disk-files.js';
import { imageRig } from './image-rig.js';

const rig = imageRig();

test('a qcow2 image that stands alone is accepted with its virtual size', async () => {
  const id = await rig.newImage({ disk_format: 'qcow2' });
  expect((await rig.upload(id, rig.qcow2Of(diskBytes(rig.folder, { sizeMb: 64 })))).status).toBe(
    204,
  );
  expect(await rig.show(id)).toMatchObject({ status: 'active', virtual_size: 64 * 1024 ** 2 });
});

const refusals: [string, string, () => Uint8Array, string][] = [
  ['raw that is qcow2', 'raw', () => rig.qemuImg('-f', 'qcow2', '1M'), 'but is qcow2'],
  ['raw that is vmdk', 'raw', () => rig.qemuImg('-f', 'vmdk', '1M'), 'but is VMDK'],
  ['a kernel that is vhdx', 'aki', () => rig.qemuImg('-f', 'vhdx', '1M'), 'but is VHDX'],
  ['qcow2 that is raw', 'qcow2', () => randomBytes(100_000), 'something else'],
  [
    'a backing file',
    'qcow2',
    () => rig.qemuImg('-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/passwd', '1M'),
    'backing file',
  ],
  [
    'an external data file',
    'qcow2',
    () =>
      rig.qemuImg(
        '-f',
        'qcow2',
        '-o',
        `data_file=${join(rig.folder, 'data')},data_file_raw=on`,
        '1M',
      ),
    'external file',
  ],
  [
    'a piece of a qcow2 head',
    'qcow2',
    () => rig.qemuImg('-f', 'qcow2', '1M').subarray(0, 40),
    'qemu-img cannot read it',
  ],
  [
    'a qcow2 that was cut off',
    'qcow2',
    () => {
      const whole = rig.qcow2Of(randomBytes(4 * 1024 ** 2));
      return whole.subarray(0, whole.length - 2 * 1024 ** 2);
    },
    'it is damaged',
  ],
  ['nothing', 'raw', () => new Uint8Array(0), 'empty'],
];

test.each(refusals)('refused: %s', async (_, format, make, reason) => {
  const id = await rig.newImage({ disk_format: format });
  const before = rig.kept().length;
  const answer = await rig.upload(id, make());
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(reason);
  expect((await rig.show(id)).status).toBe('queued');
  expect(rig.kept()).toHaveLength(before);
  expect(rig.incoming()).toEqual([]);
});

test('no format, no upload; no such format, no image', async () => {
  const id = await rig.newImage({ disk_format: null });
  expect((await rig.upload(id, randomBytes(10))).status).toBe(400);
  const answer = await request(rig.url(), 'POST', {
    token: rig.api.admin,
    body: { name: 'x', disk_format: 'vmdk', container_format: 'bare' },
  });
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain('disk_format');
});

test('JSON where bytes belong is a 415', async () => {
  const id = await rig.newImage();
  const answer = await request(rig.url(`/${id}/file`), 'PUT', { token: rig.api.admin, body: {} });
  expect(answer.status).toBe(415);
});
