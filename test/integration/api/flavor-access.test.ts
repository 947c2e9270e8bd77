import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMember, type Answer } from './api-process.js';
import { messageIn, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let eve: string;
let mallory: string;
beforeAll(async () => {
  rig = await startServerRig();
  eve = await addMember(rig.api, 'eve');
  mallory = await addMember(rig.api, 'mallory');
  const size = { ram: 512, vcpus: 1, disk: 4 };
  const flavor = { id: 'hidden', name: 'hidden', ...size, 'os-flavor-access:is_public': false };
  await rig.compute('POST', 'flavors', { flavor });
});
afterAll(() => rig.close());

const access = (name: string, tenant: string, id = 'hidden', minor = 1): Promise<Answer> =>
  rig.compute('POST', `flavors/${id}/action`, { [name]: { tenant } }, { minor });

const namesFor = async (token: string): Promise<string[]> => {
  const { body } = await rig.compute('GET', 'flavors', undefined, { token });
  return (body as unknown as { flavors: { name: string }[] }).flavors.map(({ name }) => name);
};

test('a project that may use a flavor sees it, and gets servers by it; others do not', async () => {
  expect(await namesFor(eve)).toEqual(['small']);
  const given = await access('addTenantAccess', 'project-eve');
  const flavor_access = [{ flavor_id: 'hidden', tenant_id: 'project-eve' }];
  expect([given.status, given.body]).toEqual([200, { flavor_access }]);
  expect((await rig.compute('GET', 'flavors/hidden/os-flavor-access')).body).toEqual({
    flavor_access,
  });
  expect(await namesFor(eve)).toEqual(['hidden', 'small']);
  expect((await rig.ask({ flavorRef: 'hidden' }, {}, { token: eve })).status).toBe(202);
  expect(await namesFor(mallory)).toEqual(['small']);
  expect((await rig.ask({ flavorRef: 'hidden' }, {}, { token: mallory })).status).toBe(400);
  const twice = await access('addTenantAccess', 'project-eve');
  expect([twice.status, messageIn(twice)]).toEqual([409, expect.stringContaining('already')]);
  expect((await access('removeTenantAccess', 'project-eve')).body).toEqual({ flavor_access: [] });
  expect(await namesFor(eve)).toEqual(['small']);
});

test('what is refused', async () => {
  expect((await access('removeTenantAccess', 'project-eve')).status).toBe(404);
  expect((await access('addTenantAccess', 'nobody')).status).toBe(400);
  expect((await access('addTenantAccess', 'project-eve', 'nothing')).status).toBe(404);
  const open = await access('addTenantAccess', 'project-eve', 'small', 7);
  expect([open.status, messageIn(open)]).toEqual([409, 'Can not add access to a public flavor.']);
  expect((await rig.compute('GET', 'flavors/small/os-flavor-access')).status).toBe(404);
  const options = { token: eve };
  const body = { addTenantAccess: { tenant: 'project-eve' } };
  expect((await rig.compute('POST', 'flavors/hidden/action', body, options)).status).toBe(403);
});
