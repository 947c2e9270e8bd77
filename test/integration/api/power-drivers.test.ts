import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiProcess, type ApiProcess } from './api-process.js';
import { aBmc, NodeRequests, uuidOf } from './node-requests.js';
import { messageIn } from './server-rig.js';

let api: ApiProcess;
let nodes: NodeRequests;

beforeAll(async () => {
  api = await startApiProcess({ powerDrivers: 'ipmi' });
  nodes = new NodeRequests(api);
});
afterAll(() => api.close());

const ipmi = { driver: 'ipmi', address: '10.6.0.1', user: 'root', password: 'secret' };

test('a driver that the operator does not offer is refused, at the enrolment and later', async () => {
  const refused = await nodes.enrol({ power: aBmc() });
  expect(refused.status).toBe(400);
  expect(messageIn(refused)).toMatch(/driver fake is not offered here .*these are: ipmi\.$/);
  const uuid = uuidOf(await nodes.enrol({ power: ipmi }));
  const changed = await nodes.change(uuid, { power: aBmc() });
  expect([changed.status, messageIn(changed)]).toEqual([
    400,
    expect.stringContaining('fake is not offered'),
  ]);
});

test('credentials in a URL are refused and not repeated', async () => {
  const address = 'http://root:canary-secret@10.6.0.2/bmc/1';
  const refused = await nodes.enrol({ power: { driver: 'fake', address } });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).not.toContain('canary-secret');
});
