import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, startApiProcess, type Answer, type ApiProcess } from './api-process.js';
import { NodeRequests, uuidOf } from './node-requests.js';

let api: ApiProcess;
let nodes: NodeRequests;
beforeAll(async () => {
  api = await startApiProcess();
  nodes = new NodeRequests(api);
});
afterAll(() => api.close());

const ipmi = (address: string, more: object = {}): object => ({
  power: { driver: 'ipmi', address, user: 'root', password: 'secret', ...more },
});
const fake = (address: string): object => ({ power: { driver: 'fake', address } });
const reasonOf = ({ body }: Answer): string => body.error.message;
const addressOf = ({ body }: Answer): string =>
  (body as unknown as { node: { power: { address: string } } }).node.power.address;

test.each<[string, object, object]>([
  ['itself', ipmi('10.1.0.1'), ipmi('10.1.0.1')],
  ['the port that is meant', ipmi('10.1.0.2'), ipmi('10.1.0.2', { options: { port: 623 } })],
  ['another user', ipmi('10.1.0.3'), ipmi('10.1.0.3', { user: 'other' })],
  ['a mapped address', ipmi('10.1.0.4'), ipmi('::ffff:10.1.0.4')],
  ['IPv6 in full', ipmi('fd00::5'), ipmi('FD00:0000:0:0:0:0:0:0005')],
  ['a name in capitals', ipmi('bmc-6.mgmt'), ipmi('BMC-6.Mgmt')],
  ['a name with its dot', ipmi('bmc-7.mgmt'), ipmi('bmc-7.mgmt.')],
  ['a URL with a slash', fake('http://h8/bmc/1'), fake('http://h8/bmc/1/')],
  ['a URL with its port', fake('http://h9/bmc/1'), fake('http://H9:80/bmc/1')],
  ['a URL with escapes', fake('http://h10/bmc/1'), fake('http://h10/x/../%62mc/1')],
  ['another driver', fake('http://10.1.0.11:623'), ipmi('10.1.0.11')],
])('a BMC is not enrolled twice: %s', async (_, first, second) => {
  const name = `first-${Math.random().toString(36).slice(2)}`;
  const enrolled = await nodes.enrol({ name, ...first });
  expect(enrolled.status).toBe(201);
  const again = await nodes.enrol(second);
  expect(again.status).toBe(409);
  const whose = `is that of node ${uuidOf(enrolled)} (${name}) already`;
  expect(reasonOf(again)).toContain(whose);
  const other = uuidOf(await nodes.enrol());
  const changed = await nodes.change(other, second);
  expect(changed.status).toBe(409);
  expect(reasonOf(changed)).toContain(whose);
  await nodes.remove(name);
  expect((await nodes.change(other, second)).status).toBe(200);
});

test('other BMCs are enrolled, and a node may say its own again', async () => {
  const first = await nodes.enrol(ipmi('10.2.0.1'));
  const uuid = uuidOf(first);
  expect((await nodes.enrol(ipmi('10.2.0.1', { options: { port: 624 } }))).status).toBe(201);
  expect((await nodes.enrol(ipmi('10.2.0.2'))).status).toBe(201);
  expect((await nodes.change(uuid, ipmi('10.2.0.1'))).status).toBe(200);
  const port = { power: { options: { port: 624 } } };
  expect((await nodes.change(uuid, port)).status).toBe(409);
  expect((await nodes.change(uuid, { power: { driver: 'fake' } })).status).toBe(400);
  expect((await nodes.change(uuid, { rack: 'r1' })).status).toBe(200);
});

test('of two at once one has it', async () => {
  const spellings = ['fd00::aa', 'FD00::AA', 'fd00:0::aa', 'fd00::00aa'];
  const answers = await Promise.all(spellings.map((spelling) => nodes.enrol(ipmi(spelling))));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  const others = await Promise.all(spellings.map(() => nodes.enrol()));
  const changes = await Promise.all(
    others.map((other) => nodes.change(uuidOf(other), ipmi('10.3.0.1'))),
  );
  expect(changes.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
});

test('the API of 2013 refuses the same', async () => {
  const url = `${api.url}/compute/v2.1/os-baremetal-nodes`;
  const sizes = { service_host: 'h', cpus: 1, memory_mb: 512, local_gb: 1 };
  const enrol = (power: object): Promise<Answer> =>
    request(url, 'POST', { token: api.admin, body: { node: { ...sizes, ...power } } });
  const power = { pm_address: 'BMC-4', pm_user: 'root', pm_password: 'secret' };
  const first = await enrol(power);
  expect(first).toMatchObject({ status: 200, body: { node: { pm_address: 'bmc-4' } } });
  expect(await enrol({ ...power, pm_address: 'bmc-4.' })).toMatchObject({ status: 409 });
  expect(await enrol({ ...power, pm_address: '010.0.0.4' })).toMatchObject({ status: 400 });
  expect(await enrol({ ...power, pm_address: 'b', pm_password: 'p'.repeat(21) })).toMatchObject({
    status: 400,
  });
});

test('the address is stored in its one spelling', async () => {
  expect(addressOf(await nodes.enrol(ipmi('FD00::0:0012')))).toBe('fd00::12');
  expect(addressOf(await nodes.enrol(fake('HTTP://Sim:80/a/')))).toBe('http://sim/a');
});

test.each<[string, object, RegExp]>([
  ['a padded address', ipmi('010.0.0.012'), /octal .*8\.0\.0\.10.*write 10\.0\.0\.12/],
  ['a short address', ipmi('192.168.1'), /192\.168\.0\.1/],
  ['a number', ipmi('1'), /0\.0\.0\.1/],
  ['too large a number', ipmi('10.0.0.300'), /300 is more than 255/],
  ['a zone', ipmi('fe80::1%eth0'), /without a zone/],
  ['brackets', ipmi('[fd00::12]'), /without brackets/],
  ['a port', ipmi('10.0.0.1:623'), /without a port/],
  ['a URL', ipmi('ipmi://10.0.0.1'), /not a URL/],
  ['an underscore', ipmi('bmc_01.mgmt'), /no underscore/],
  ['a padded host in a URL', fake('http://010.0.0.1/'), /write 10\.0\.0\.1/],
  ['a long user', ipmi('10.4.0.1', { user: 'u'.repeat(17) }), /at most 16 bytes/],
  ['a long password', ipmi('10.4.0.1', { password: 'p'.repeat(21) }), /at most 20 bytes/],
  ['a password with a tab', ipmi('10.4.0.1', { password: 'a\tb' }), /no tab/],
  ['a password with a line end', ipmi('10.4.0.1', { password: 'a\n' }), /line end/],
])('%s is refused, with the reason', async (_, power, reason) => {
  const answer = await nodes.enrol(power);
  expect(answer.status).toBe(400);
  expect(reasonOf(answer)).toMatch(reason);
  const uuid = uuidOf(await nodes.enrol());
  expect((await nodes.change(uuid, power)).status).toBe(400);
});

test('names that differ in case alone are one name', async () => {
  const uuid = uuidOf(await nodes.enrol({ name: 'Rack1-U1' }));
  const again = await nodes.enrol({ name: 'rack1-u1' });
  expect(again.status).toBe(409);
  expect(reasonOf(again)).toContain('this name');
  const other = uuidOf(await nodes.enrol({ name: 'rack1_u1' }));
  expect((await nodes.change(other, { name: 'RACK1-U1' })).status).toBe(409);
  expect(uuidOf(await nodes.change('RACK1-u1', { rack: 'r' }))).toBe(uuid);
  expect((await nodes.change(uuid, { name: 'rack1-u1' })).status).toBe(200);
});

test('a uuid in capitals is the same uuid, in events and in what keeps the password', async () => {
  const uuid = 'ABCDEF01-7CEB-4BC5-902F-E217CD141244';
  const shown = uuidOf(await nodes.enrol({ uuid, ...ipmi('10.5.0.1') }));
  expect(shown).toBe(uuid.toLowerCase());
  const row = await api.database.prisma.node.findUniqueOrThrow({ where: { uuid: shown } });
  const passwords = api.keys.opener('bmcPrivate');
  expect(await passwords.open(`nodes.pm_secret:${shown}`, row.pmSecret ?? '')).toBe('secret');
  const event = { type: 'node.enrolled', subject: shown };
  expect(await api.database.prisma.event.count({ where: event })).toBe(1);
});

test('a NIC in another spelling is the same NIC, by either API', async () => {
  const first = uuidOf(await nodes.enrol({ interfaces: [{ address: '52:54:00:aa:bb:0c' }] }));
  const second = uuidOf(await nodes.enrol());
  expect((await nodes.addInterface(second, '5254.00AA.BB0C')).status).toBe(409);
  const node = await api.database.prisma.node.findUniqueOrThrow({ where: { uuid: second } });
  const answer = await request(
    `${api.url}/compute/v2.1/os-baremetal-nodes/${node.id}/action`,
    'POST',
    { token: api.admin, body: { add_interface: { address: '52-54-00-AA-BB-0C' } } },
  );
  expect(answer.status).toBe(409);
  await nodes.remove(first);
  expect((await nodes.addInterface(second, '525400aabb0c')).status).toBe(201);
});
