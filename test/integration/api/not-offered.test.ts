// What OpenStack has and Metalcast does not is refused with a sentence: "could not be found" would read as if the
// server, or the user, were gone.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  refusedRoutes,
  type RefusedRoute,
} from '../../../services/api/src/not-offered/refused-routes.js';
import { refusedActions } from '../../../services/api/src/not-offered/server-actions.js';
import { computeMinors } from '../../../services/api/src/http/routing/microversion.js';
import { addMember, request, type Answer } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let server: string;
let member: string;
beforeAll(async () => {
  rig = await startServerRig();
  server = await rig.server();
  member = await addMember(rig.api, 'eve');
});
afterAll(() => rig.close());

interface Sending {
  readonly token?: string | null;
  readonly id?: string;
  readonly minor?: number;
  readonly body?: string;
}

/** The route at a server, or at an `id`; other parameters are of nothing that exists. */
const send = (
  { method, path, microversions: { since = 1 } }: RefusedRoute,
  { token = rig.api.admin, id = server, minor = since, body = '{}' }: Sending = {},
): Promise<Answer> =>
  request(`${rig.api.url}${path.replace(':id', id).replaceAll(/:\w+/g, randomUUID())}`, method, {
    ...(token === null ? {} : { token }),
    ...(['GET', 'DELETE'].includes(method) ? {} : { body }),
    headers: { 'openstack-api-version': `compute 2.${String(minor)}` },
  });

const named = refusedRoutes.map((route) => [`${route.method} ${route.path}`, route] as const);
const reachable = named.filter(
  ([, { microversions }]) => (microversions.since ?? 1) <= computeMinors.max,
);

test.each(reachable)('%s', async (_, route) => {
  const answer = await send(route);
  expect([answer.status, messageIn(answer)]).toEqual([501, route.reason]);
  const key = { compute: 'notImplemented', network: 'NeutronError' }[route.api as string];
  expect(Object.keys(answer.body)).toEqual([key ?? 'error']);
});

test.each(named)('%s needs a token', async (_, route) => {
  expect((await send(route, { token: null })).status).toBe(401);
});

test.each(named.filter(([name]) => name.includes('/servers/')))(
  '%s of a server that the caller cannot see is not found',
  async (_, route) => {
    const unseen: readonly Sending[] = [{ id: randomUUID() }, { token: member }];
    for (const sending of unseen) {
      const answer = await send(route, sending);
      expect([answer.status, messageIn(answer)]).toEqual([
        404,
        expect.stringContaining('Instance'),
      ]);
    }
  },
);

test.each(reachable.filter(([, { method }]) => ['POST', 'PUT', 'PATCH'].includes(method)))(
  '%s with a body that is no JSON is a bad request',
  async (_, route) => {
    expect((await send(route, { body: '{' })).status).toBe(400);
  },
);

test('a route is not there in a microversion in which Nova does not have it', async () => {
  for (const [name, route] of named) {
    const { since, until } = route.microversions;
    if (until !== undefined && until < computeMinors.max) {
      expect([name, (await send(route, { minor: until + 1 })).status]).toEqual([name, 404]);
    }
    if (since !== undefined) {
      const before = Math.min(since - 1, computeMinors.max);
      expect([name, (await send(route, { minor: before })).status]).toEqual([name, 404]);
    }
  }
});

test.each(refusedActions)('the action $name', async ({ name, code, reason }) => {
  const answer = await rig.compute('POST', `servers/${server}/action`, { [name]: null });
  expect([answer.status, messageIn(answer)]).toEqual([code === 'CONFLICT' ? 409 : 501, reason]);
});

test('none of these refusals is a warning in the log', () => {
  const lines = rig.api.log.map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
});

test('the documents list them', async () => {
  for (const api of ['compute', 'identity', 'image', 'network']) {
    const { body } = await request(`${rig.api.url}/${api}/openapi.json`, 'GET');
    const { routes } = (body as unknown as { 'x-not-offered': { routes: object[] } })[
      'x-not-offered'
    ];
    expect(routes).toHaveLength(refusedRoutes.filter((route) => route.api === api).length);
  }
});
