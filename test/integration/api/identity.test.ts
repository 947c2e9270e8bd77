import { startDatabase, TestKeys } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addMember,
  adminPassword,
  logIn,
  request,
  servicePassword,
  startApiProcess,
  type Answer,
  type ApiProcess,
} from './api-process.js';

let api: ApiProcess;
let member: string;

beforeAll(async () => {
  api = await startApiProcess({ publicUrl: 'http://cloud.example:8774' });
  member = await addMember(api, 'alice');
});
afterAll(() => api.close());

const identity = (path: string): string => `${api.url}/identity/v3${path}`;

function login(user: object, scope?: unknown): Promise<Answer> {
  const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } };
  return request(identity('/auth/tokens'), 'POST', { body });
}

const admin = { name: 'admin', domain: { id: 'default' }, password: adminPassword };

test('a login answers the token with user, project, roles and the catalog of the public URL', async () => {
  const scope = { project: { name: 'admin', domain: { name: 'Default' } } };
  const { status, headers, body } = await login(admin, scope);
  expect(status).toBe(201);
  expect(headers.get('x-subject-token')).toMatch(/^[\w.-]+$/);
  expect(headers.get('x-openstack-request-id')).toMatch(/^req-/);
  expect(body.token).toMatchObject({
    methods: ['password'],
    user: { name: 'admin', domain: { id: 'default', name: 'Default' } },
    project: { name: 'admin', domain: { id: 'default', name: 'Default' } },
    is_domain: false,
  });
  expect(body.token.roles.map(({ name }) => name).sort()).toEqual(['admin', 'member', 'reader']);
  const urls = new Map(
    body.token.catalog.map(({ type, endpoints }) => [
      type,
      [...new Set(endpoints.map(({ url }) => url))],
    ]),
  );
  expect(Object.fromEntries(urls)).toEqual({
    identity: ['http://cloud.example:8774/identity/v3'],
    compute: ['http://cloud.example:8774/compute/v2.1'],
    image: ['http://cloud.example:8774/image'],
    network: ['http://cloud.example:8774/network'],
    metalcast: ['http://cloud.example:8774/metalcast/v1'],
  });
  const lifetime = Date.parse(body.token.expires_at) - Date.parse(body.token.issued_at);
  expect(lifetime).toBe(8 * 3_600_000);
});

test('by ids, and without a scope into the first project', async () => {
  const { body } = await login(admin);
  const { user, project } = body.token;
  const again = await login(
    { id: user.id, password: adminPassword },
    { project: { id: project.id } },
  );
  expect(again.body.token).toMatchObject({ user: { id: user.id }, project: { id: project.id } });
  expect((await login(admin, 'unscoped')).body.token.project.id).toBe(project.id);
});

test.each([
  ['wrong password', { ...admin, password: 'no' }, undefined],
  ['unknown user', { ...admin, name: 'nobody' }, undefined],
  ['another domain', { ...admin, domain: { id: 'other' } }, undefined],
  ['another project', admin, { project: { name: 'service', domain: { id: 'default' } } }],
  ['unknown project', admin, { project: { id: 'nothing' } }],
])('%s: the same 401', async (_, user, scope) => {
  const { status, headers, body } = await login(user, scope);
  expect(status).toBe(401);
  expect(headers.get('x-subject-token')).toBeNull();
  expect(headers.get('www-authenticate')).toContain('Keystone');
  expect(body).toEqual({
    error: {
      code: 401,
      title: 'Unauthorized',
      message: 'The request you have made requires authentication.',
    },
  });
});

test('a login that makes no sense is a 400 that names the place', async () => {
  const noMethods = await request(identity('/auth/tokens'), 'POST', {
    body: { auth: { identity: {} } },
  });
  expect(noMethods.status).toBe(400);
  expect(noMethods.body.error.message).toContain('auth.identity.methods');
  expect((await login(admin, { system: { all: true } })).status).toBe(400);
});

test('a token buys a token, which ends no later', async () => {
  const first = await request(identity('/auth/tokens'), 'GET', {
    token: api.admin,
    headers: { 'x-subject-token': api.admin },
  });
  const body = { auth: { identity: { methods: ['token'], token: { id: api.admin } } } };
  const second = await request(identity('/auth/tokens'), 'POST', { body });
  expect(second.status).toBe(201);
  expect(second.body.token.expires_at).toBe(first.body.token.expires_at);
  expect(second.body.token.methods).toEqual(['token', 'password']);
});

test('validation: own tokens, or any for administrators and services', async () => {
  const validate = (token: string, subject: string): Promise<Answer> =>
    request(identity('/auth/tokens'), 'GET', { token, headers: { 'x-subject-token': subject } });
  expect((await validate(member, member)).status).toBe(200);
  expect((await validate(member, api.admin)).status).toBe(404);
  expect((await validate(api.service, member)).body.token.user.name).toBe('alice');
  expect((await validate(api.admin, 'rubbish')).status).toBe(404);
  expect((await validate('rubbish', api.admin)).status).toBe(401);
  const head = await request(identity('/auth/tokens'), 'HEAD', {
    token: member,
    headers: { 'x-subject-token': member },
  });
  expect(head.status).toBe(200);
});

test('users and projects: administrators see all, members themselves', async () => {
  const users = await request(identity('/users'), 'GET', { token: api.admin });
  expect(users.body.users.map(({ name }) => name)).toEqual(['admin', 'alice', 'metalcast']);
  const projects = await request(identity('/projects?'), 'GET', { token: api.admin });
  expect(projects.body.projects).toHaveLength(3);
  expect(projects.body.links).toHaveProperty('self');
  const refused = await request(identity('/users'), 'GET', { token: member });
  expect(refused.status).toBe(403);
  expect(refused.body.error.message).toBe(
    "Policy doesn't allow identity:list_users to be performed.",
  );
  expect((await request(identity('/users/user-alice'), 'GET', { token: member })).status).toBe(200);
  const other = users.body.users[0]?.id ?? '';
  expect((await request(identity(`/users/${other}`), 'GET', { token: member })).status).toBe(404);
});

test.each([
  ['users?name=admin', ['admin']],
  ['users?domain_id=default&name=admin', ['admin']],
  ['users?domain_id=other', []],
  ['users?enabled=false', []],
  ['projects?domain_id=other', []],
  ['projects?enabled=True&name=admin', ['admin']],
  ['roles?domain_id=default', []],
  ['domains?enabled=false', []],
])('%s are %j', async (path, names) => {
  const { status, body } = await request(identity(`/${path}`), 'GET', { token: api.admin });
  const [found] = Object.values(body) as unknown as { name: string }[][];
  expect(status).toBe(200);
  expect(found?.map(({ name }) => name)).toEqual(names);
});

test('what users and projects cannot be filtered by is refused: the list would be longer', async () => {
  for (const path of ['users?email=x', 'projects?parent_id=x', 'domains?tags=x']) {
    const { status } = await request(identity(`/${path}`), 'GET', { token: api.admin });
    expect(status).toBe(400);
  }
});

const revoke = (token: string, subject: string): Promise<Answer> =>
  request(identity('/auth/tokens'), 'DELETE', { token, headers: { 'x-subject-token': subject } });

test('a revoked token is no token any more, and gives no other one', async () => {
  const [lost, kept] = [await logIn(api.url, 'admin', adminPassword), api.admin];
  expect((await revoke(lost, lost)).status).toBe(204);
  expect((await request(identity('/users'), 'GET', { token: lost })).status).toBe(401);
  const body = { auth: { identity: { methods: ['token'], token: { id: lost } } } };
  expect((await request(identity('/auth/tokens'), 'POST', { body })).status).toBe(401);
  expect((await revoke(kept, lost)).status).toBe(404);
  expect((await request(identity('/users'), 'GET', { token: kept })).status).toBe(200);
});

test("another user's token is revoked by administrators alone", async () => {
  const theirs = await logIn(api.url, 'metalcast', servicePassword);
  const member = await addMember(api, 'revoker');
  expect((await revoke(member, theirs)).status).toBe(404);
  expect((await revoke(api.admin, theirs)).status).toBe(204);
  expect((await request(identity('/domains'), 'GET', { token: theirs })).status).toBe(401);
});

test('a user ends a bounded number of tokens before they expire', async () => {
  const { prisma } = api.database;
  const mine = await addMember(api, 'busy');
  const { id: userId } = await prisma.user.findUniqueOrThrow({ where: { name: 'busy' } });
  const expiresAt = new Date(Date.now() + 3_600_000);
  const data = Array.from({ length: 10_000 }, (_, n) => ({
    ...{ auditId: `busy-${String(n)}`, userId, expiresAt },
  }));
  await prisma.revokedToken.createMany({ data });
  const refused = await revoke(mine, mine);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
  await prisma.revokedToken.delete({ where: { auditId: 'busy-0' } });
  expect((await revoke(mine, mine)).status).toBe(204);
  expect((await request(identity('/auth/catalog'), 'GET', { token: mine })).status).toBe(401);
});

test('rows of tokens that have expired go with the next revocation', async () => {
  const { prisma } = api.database;
  const admin = await prisma.user.findUniqueOrThrow({ where: { name: 'admin' } });
  const expired = { auditId: 'old', userId: admin.id, expiresAt: new Date(0) };
  await prisma.revokedToken.create({ data: expired });
  const token = await logIn(api.url, 'admin', adminPassword);
  await revoke(token, token);
  expect(await prisma.revokedToken.count({ where: { auditId: 'old' } })).toBe(0);
});

test('two processes of one installation: both start at once, each accepts the tokens of the other', async () => {
  const installation = await startDatabase();
  const beside = { rows: installation, keys: new TestKeys() };
  const both = await Promise.all([startApiProcess({ beside }), startApiProcess({ beside })]);
  try {
    const [first, second] = both;
    const tokens = [first.admin, second.admin];
    for (const [process, token] of [first, second].flatMap((p) =>
      tokens.map((t) => [p, t] as const),
    )) {
      const { status } = await request(`${process.url}/identity/v3/projects`, 'GET', { token });
      expect(status).toBe(200);
    }
    expect(await first.database.prisma.user.count()).toBe(2);
    expect(await first.database.prisma.roleAssignment.count()).toBe(5);
  } finally {
    await Promise.all(both.map((process) => process.close()));
    await installation.close();
  }
});

test('a password changed in the configuration replaces the old one, and voids its tokens', async () => {
  const installation = await startDatabase();
  const beside = { rows: installation, keys: new TestKeys() };
  const before = await startApiProcess({ beside });
  await before.close();
  const after = await startApiProcess({ beside, adminPassword: 'another one' });
  try {
    expect(await logIn(after.url, 'admin', adminPassword)).toBe('');
    expect(await logIn(after.url, 'admin', 'another one')).not.toBe('');
    const old = await request(`${after.url}/identity/v3/projects`, 'GET', { token: before.admin });
    expect(old.status).toBe(401);
  } finally {
    await after.close();
    await installation.close();
  }
});

test('a disabled or changed account voids its tokens', async () => {
  const token = await addMember(api, 'bob');
  const { prisma } = api.database;
  await prisma.user.update({ where: { name: 'bob' }, data: { enabled: false } });
  expect((await request(identity('/domains'), 'GET', { token })).status).toBe(401);
  expect(await logIn(api.url, 'bob', adminPassword)).toBe('');
});

test('no password and no token is logged', () => {
  const log = api.log.join('');
  expect(log.length).toBeGreaterThan(0);
  for (const secret of [adminPassword, servicePassword, api.admin, member]) {
    expect(log).not.toContain(secret);
  }
});
