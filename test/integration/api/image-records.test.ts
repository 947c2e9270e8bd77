import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { request, type Answer } from './api-process.js';
import { imageRig } from './image-rig.js';

const rig = imageRig();

const patchType = 'application/openstack-images-v2.1-json-patch';

function patch(id: string, operations: object[], token = rig.api.admin): Promise<Answer> {
  return request(rig.url(`/${id}`), 'PATCH', {
    token,
    body: operations,
    headers: { 'content-type': patchType },
  });
}

test('changes by JSON patch', async () => {
  const id = await rig.newImage({ arch: 'x86_64' });
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
  const plain = await request(rig.url(`/${id}`), 'PATCH', { token: rig.api.admin, body: [] });
  expect(plain.status).toBe(415);
});

test('a first sign of life that no system gives is refused, when an image is made and when it is changed', async () => {
  const wrong = { metalcast_first_sign: 'phone-home' };
  const { admin: token } = rig.api;
  const made = await request(rig.url(''), 'POST', { token, body: { name: 'odd', ...wrong } });
  expect(made.status).toBe(400);
  expect(JSON.stringify(made.body)).toMatch(
    /metalcast_first_sign: must be one of dhcp, phone_home/,
  );
  const id = await rig.newImage({ metalcast_first_sign: 'phone_home' });
  const path = '/metalcast_first_sign';
  expect((await patch(id, [{ op: 'replace', path, value: 'never' }])).status).toBe(400);
  expect((await patch(id, [{ op: 'replace', path, value: 'dhcp' }])).status).toBe(200);
  expect((await patch(id, [{ op: 'remove', path }])).status).toBe(200);
});

test('a protected image is not deleted', async () => {
  const id = await rig.newImage({ protected: true });
  expect((await request(rig.url(`/${id}`), 'DELETE', { token: rig.api.admin })).status).toBe(403);
  await patch(id, [{ op: 'replace', path: '/protected', value: false }]);
  expect((await request(rig.url(`/${id}`), 'DELETE', { token: rig.api.admin })).status).toBe(204);
  expect((await request(rig.url(`/${id}`), 'GET', { token: rig.api.admin })).status).toBe(404);
});

test('members see public images and their own, and change their own alone', async () => {
  const open = await rig.newImage({ name: 'open', visibility: 'public' });
  const hidden = await rig.newImage({ name: 'hidden' });
  const own = await rig.newImage({ name: 'own' }, rig.member);
  const list = await request(rig.url('?limit=1000'), 'GET', { token: rig.member });
  const names = list.body.images.map(({ name }) => name);
  expect(names).toContain('open');
  expect(names).toContain('own');
  expect(names).not.toContain('hidden');
  expect((await request(rig.url(`/${hidden}`), 'GET', { token: rig.member })).status).toBe(404);
  expect((await rig.upload(hidden, randomBytes(10), rig.member)).status).toBe(404);
  expect((await request(rig.url(`/${open}`), 'DELETE', { token: rig.member })).status).toBe(403);
  expect((await patch(open, [], rig.member)).status).toBe(403);
  const publish = [{ op: 'replace', path: '/visibility', value: 'public' }];
  expect((await patch(own, publish, rig.member)).status).toBe(403);
  expect((await rig.upload(own, randomBytes(10), rig.api.service)).status).toBe(403);
  expect((await rig.show(hidden, rig.api.service)).name).toBe('hidden');
  expect((await request(rig.url(`/${own}`), 'DELETE', { token: rig.member })).status).toBe(204);
});

test.each([
  ['sort=name&sort_key=name', 'cannot be combined'],
  ['sort=name&sort_dir=asc', 'cannot be combined'],
  ['member_status=accepted', 'images have no members'],
])('a list does not pass over %s', async (query, reason) => {
  const { status, body } = await request(rig.url(`?${query}`), 'GET', { token: rig.api.admin });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(reason);
});

test('lists: filters, order, pages', async () => {
  for (const n of [1, 2, 3, 4, 5]) {
    await rig.newImage({ name: `page-${n}`, batch: 'pages', tags: ['t'] });
  }
  const names = async (query: string): Promise<string[]> => {
    const { body } = await request(rig.url(`?${query}`), 'GET', { token: rig.api.admin });
    return body.images.map(({ name }) => name);
  };
  expect(await names('name=page-3')).toEqual(['page-3']);
  expect(await names('name=nothing')).toEqual([]);
  expect(await names('name=page-3&os_hidden=false')).toEqual(['page-3']);
  expect(await names('name=page-3&os_hidden=true')).toEqual([]);
  expect(await names('batch=pages&sort=name:asc')).toEqual([1, 2, 3, 4, 5].map((n) => `page-${n}`));
  expect(await names('tag=t&sort_key=name&sort_dir=desc&limit=2')).toEqual(['page-5', 'page-4']);
  expect(await names('batch=pages&status=active')).toEqual([]);
  const seen: string[] = [];
  let next: string | undefined = '/v2/images?batch=pages&sort=name:asc&limit=2';
  while (next !== undefined) {
    const { body }: Answer = await request(`${rig.api.url}/image${next}`, 'GET', {
      token: rig.api.admin,
    });
    seen.push(...body.images.map(({ name }) => name));
    next = body.next;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5].map((n) => `page-${n}`));
  expect((await request(rig.url('?sort=nonsense'), 'GET', { token: rig.api.admin })).status).toBe(
    400,
  );
  expect((await request(rig.url('?marker=x'), 'GET', { token: rig.api.admin })).status).toBe(400);
});

test('versions and schemas', async () => {
  const versions = await request(`${rig.api.url}/image`, 'GET');
  expect(versions.status).toBe(300);
  expect(versions.body.versions[0]).toMatchObject({ status: 'CURRENT' });
  const schema = await request(`${rig.api.url}/image/v2/schemas/image`, 'GET');
  expect(schema.body.name).toBe('image');
});
