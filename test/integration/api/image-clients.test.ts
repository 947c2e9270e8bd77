// What Glance's clients ask besides the plain requests: schemas, both dialects of JSON patch, tags, deactivation, and
// a plain word about what is not there.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { freePort } from '@metalcast/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, request, startApiProcess, type Answer } from './api-process.js';
import { diskBytes } from './disk-files.js';
import { ImageRig } from './image-rig.js';
import { clientMs, openstackEnvironment } from './openstack-command.js';
import { messageIn } from './server-rig.js';

const rig = new ImageRig();
beforeAll(async () => {
  // A client of the catalog finds the api only at its public address.
  const api = await startApiProcess({ port: await freePort() });
  rig.use(api, await addMember(api, 'alice'));
});
afterAll(() => rig.close());

const run = promisify(execFile);

const ask = (method: string, path: string, token = rig.api.admin, body?: object): Promise<Answer> =>
  request(rig.url(path), method, { token, ...(body === undefined ? {} : { body }) });

async function schemaNamed(name: string): Promise<object> {
  const { status, body } = await request(`${rig.api.url}/image/v2/schemas/${name}`, 'GET');
  expect(status).toBe(200);
  expect(body.name).toBe(name);
  return { type: 'object', ...(body as object) };
}

test('what is shown fits the schemas, whatever the image', async () => {
  const ajv = new Ajv({ strict: false });
  const disk = await rig.newImage({ disk_format: 'raw', container_format: 'bare', arch: 'x86' });
  await rig.upload(disk, diskBytes(rig.folder));
  const one = ajv.compile(await schemaNamed('image'));
  for (const id of [disk, await rig.newImage({ disk_format: null, container_format: null })]) {
    expect(one(await rig.show(id)) ? [] : one.errors).toEqual([]);
  }
  const many = ajv.compile(await schemaNamed('images'));
  expect(many((await ask('GET', '?limit=2')).body) ? [] : many.errors).toEqual([]);
  for (const name of ['member', 'members']) {
    ajv.compile(await schemaNamed(name));
  }
});

test('a client learns from the schema what it may not set', async () => {
  const { body } = await request(`${rig.api.url}/image/v2/schemas/image`, 'GET');
  const { properties } = body as unknown as { properties: Record<string, { readOnly?: boolean }> };
  const fixed = Object.keys(properties).filter((name) => properties[name]?.readOnly === true);
  expect(fixed).toEqual(
    expect.arrayContaining(['status', 'checksum', 'os_hash_value', 'metalcast_partition_table']),
  );
  expect(fixed).not.toContain('name');
  expect(properties['os_hidden']).toMatchObject({ type: 'boolean' });
  expect(properties['disk_format']).toMatchObject({ type: ['string', 'null'] });
});

test(
  "Glance's own client creates, uploads, changes and shows an image",
  { timeout: 6 * clientMs },
  async () => {
    const user = { api: rig.api, folder: rig.folder };
    const glance = async (...args: string[]): Promise<string> => {
      const options = { ...openstackEnvironment(user), timeout: clientMs };
      return (await run('glance', args, options)).stdout;
    };
    writeFileSync(join(rig.folder, 'glance.raw'), diskBytes(rig.folder));
    const made = await glance(
      ...['image-create', '--name', 'by-glance', '--disk-format', 'raw'],
      ...['--container-format', 'bare', '--property', 'os_distro=debian', '--file', 'glance.raw'],
    );
    const [, id = ''] = /\| id +\| ([0-9a-f-]{36})/.exec(made) ?? [];
    expect(made).toMatch(/\| status +\| active/);
    expect(await glance('image-update', '--property', 'a=b', '--name', 'renamed', id)).toMatch(
      /\| a +\| b /,
    );
    await glance('image-tag-update', id, 'blue');
    expect(await rig.show(id)).toMatchObject({ tags: ['blue'] });
    await glance('image-tag-delete', id, 'blue');
    expect(await glance('image-show', id)).toMatch(/\| metalcast_partition_table +\| mbr/);
    expect(await glance('image-list')).toContain('renamed');
    await glance('image-deactivate', id);
    expect((await rig.show(id)).status).toBe('deactivated');
    await glance('image-reactivate', id);
    expect((await rig.show(id)).status).toBe('active');
  },
);

test('the older dialect of JSON patch names the operation by its key', async () => {
  const id = await rig.newImage({ arch: 'x86' });
  const older = [
    { replace: '/name', value: 'new' },
    { add: '/a', value: 'b' },
    { remove: '/arch' },
  ];
  const changed = await rig.patch(id, older, '2.0');
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({ name: 'new', a: 'b' });
  expect(changed.body).not.toHaveProperty('arch');
  const two = await rig.patch(id, [{ add: '/a', remove: '/b', value: 'x' }], '2.0');
  expect(two.status).toBe(400);
});

test('tags one by one', async () => {
  const id = await rig.newImage();
  expect((await ask('PUT', `/${id}/tags/a%20b`)).status).toBe(204);
  expect((await ask('PUT', `/${id}/tags/a%20b`)).status).toBe(204);
  expect(await rig.show(id)).toMatchObject({ tags: ['a b'] });
  expect((await ask('PUT', `/${id}/tags/${'x'.repeat(256)}`)).status).toBe(400);
  expect((await ask('PUT', `/${id}/tags/c`, rig.member)).status).toBe(404);
  expect((await ask('DELETE', `/${id}/tags/a%20b`)).status).toBe(204);
  expect((await ask('DELETE', `/${id}/tags/a%20b`)).status).toBe(404);
  expect(await rig.show(id)).toMatchObject({ tags: [] });
});

test('a deactivated image is neither downloaded nor booted, until it is active again', async () => {
  const id = await rig.newImage({ visibility: 'public' });
  const act = (name: string, token?: string) => ask('POST', `/${id}/actions/${name}`, token);
  const early = await act('deactivate');
  expect([early.status, messageIn(early)]).toEqual([
    403,
    `Image ${id} is queued: only an active image can be deactivated.`,
  ]);
  expect((await rig.upload(id, randomBytes(100))).status).toBe(204);
  expect((await act('deactivate', rig.member)).status).toBe(403);
  expect((await act('deactivate')).status).toBe(204);
  expect((await act('deactivate')).status).toBe(204);
  expect((await rig.show(id)).status).toBe('deactivated');
  for (const token of [rig.member, rig.api.service]) {
    const refused = await ask('GET', `/${id}/file`, token);
    expect([refused.status, messageIn(refused)]).toEqual([
      403,
      `Image ${id} is deactivated: its bytes are not given out.`,
    ]);
  }
  // An administrator looks into it before it is activated again.
  const { status } = await fetch(rig.url(`/${id}/file`), {
    headers: { 'x-auth-token': rig.api.admin },
  });
  expect(status).toBe(200);
  expect((await act('reactivate')).status).toBe(204);
  expect((await rig.show(id)).status).toBe('active');
  expect((await act('nonsense')).status).toBe(404);
});

test('an administrator deactivates the image of another project', async () => {
  const id = await rig.newImage({}, rig.member);
  await rig.upload(id, randomBytes(100), rig.member);
  expect((await ask('POST', `/${id}/actions/deactivate`)).status).toBe(204);
  expect((await ask('GET', `/${id}/file`, rig.member)).status).toBe(403);
});

test.each([
  ['GET', '/ID/members', undefined],
  ['POST', '/ID/members', { member: 'x' }],
  ['GET', '/ID/members/x', undefined],
  ['PUT', '/ID/members/x', { status: 'accepted' }],
  ['DELETE', '/ID/members/x', undefined],
  ['POST', '/ID/import', { method: { name: 'web-download' } }],
])('%s %s is not there, and says so', async (method, path, body) => {
  const id = await rig.newImage();
  const answer = await ask(method, path.replace('ID', id), rig.api.admin, body);
  expect(answer.status).toBe(501);
  expect(messageIn(answer)).toMatch(
    path.endsWith('import')
      ? /Images are not imported: upload the bytes with PUT/
      : /Images are not shared with single projects: make it public or community/,
  );
});

test.each([
  [{ disk_format: 'vmdk' }, /disk_format: must be raw, qcow2, aki or ari, not vmdk: convert it/],
  [{ disk_format: 'iso' }, /disk_format: must be raw, qcow2, aki or ari, not iso: install from it/],
  [{ disk_format: 'x' }, /disk_format: must be raw, qcow2, aki or ari, not x$/],
  [
    { container_format: 'ovf' },
    /container_format: must be bare, aki or ari, not ovf: take the disk/,
  ],
])('%j is refused at its registration, with what to do', async (fields, why) => {
  const answer = await ask('POST', '', rig.api.admin, { name: 'x', ...fields });
  expect(answer.status).toBe(400);
  expect(messageIn(answer)).toMatch(why);
});
