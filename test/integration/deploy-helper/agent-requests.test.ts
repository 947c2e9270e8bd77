// Who may speak to a helper as a ramdisk, and what is made of what it says.
import { expect, test } from 'vitest';
import { deployRig, mib } from './rig.js';

const rig = deployRig();

test('a token is spent by its first nonce', async () => {
  const agent = rig.agentOf(await rig.mbrServer());
  const body = agent.helloBody();
  const first = await agent.hello(body);
  expect(first).toMatchObject({ status: 200, body: { method: 'iscsi', disk: 'vda' } });
  expect(await agent.hello(body)).toEqual(first);
  expect(await agent.hello()).toMatchObject({ status: 403, body: { code: 'AGENT_REJECTED' } });
});

test('another token, epoch, boot or address is refused', async () => {
  const agent = rig.agentOf(await rig.mbrServer());
  for (const wrong of [{ token: 'f'.repeat(64) }, { epoch: 2 }, { boot_try: 2 }]) {
    expect((await agent.hello(agent.helloBody(wrong))).status).toBe(403);
  }
  const elsewhere = rig.agentOf(await rig.mbrServer({ portAddress: '127.0.0.9' }));
  expect(await elsewhere.hello()).toMatchObject({ status: 403 });
});

test.each([
  {
    what: 'another token from the address of its node',
    portAddress: '127.0.0.1',
    wrong: { token: 'f'.repeat(64) },
    reason: 'its token is not the one that was served',
  },
  {
    what: 'its token from another address',
    portAddress: '127.0.0.9',
    wrong: {},
    reason: 'it calls from 127.0.0.1, not from 127.0.0.9',
  },
])('a ramdisk with $what ends the wait for it at once, by name', async (each) => {
  const { portAddress, wrong, reason } = each;
  const of = await rig.mbrServer({ portAddress });
  const agent = rig.agentOf(of);
  expect((await agent.hello(agent.helloBody(wrong))).status).toBe(403);
  expect(await rig.world.row(of)).toMatchObject({
    state: 'failed',
    fault: {
      code: 'AGENT_REJECTED',
      details: { node: of.node, reason },
      evidence: ['It called from 127.0.0.1; its cards: 52:54:00:00:00:01.'],
    },
  });
  const told = { subject: of.node, type: 'deploy.failed' };
  expect(await rig.world.database.prisma.event.findMany({ where: told })).toHaveLength(1);
  expect((await agent.hello()).status).toBe(403);
});

test.each([
  { what: 'from elsewhere', portAddress: '127.0.0.9', macs: ['52:54:00:00:00:01'] },
  {
    what: 'from its address with other cards',
    portAddress: '127.0.0.1',
    macs: ['52:54:00:00:00:02'],
  },
])('what may be anybody, $what, ends no wait', async ({ portAddress, macs }) => {
  const of = await rig.mbrServer({ portAddress });
  const agent = rig.agentOf(of);
  for (const wrong of [{ token: 'f'.repeat(64), macs }, { epoch: 2 }, { boot_try: 2 }]) {
    expect((await agent.hello(agent.helloBody(wrong))).status).toBe(403);
  }
  expect(await rig.world.row(of)).toBeFalsy();
});

test('a second machine with the token of one that has said hello does not end its deployment', async () => {
  const of = await rig.mbrServer();
  const agent = rig.agentOf(of);
  expect((await agent.hello()).status).toBe(200);
  expect((await agent.hello(agent.helloBody({ token: 'f'.repeat(64) }))).status).toBe(403);
  expect((await rig.world.row(of))?.state).not.toBe('failed');
});

test("a caller's mistakes are no errors of ours", async () => {
  const agent = rig.agentOf(await rig.mbrServer());
  expect((await agent.call('POST', '/v1/agent/hello', { node: 'x' })).status).toBe(400);
  expect((await agent.next()).status).toBe(403);
  expect((await agent.call('GET', '/v1/agent/next')).status).toBe(400);
  expect((await agent.call('GET', '/v1/nothing')).status).toBe(404);
  const huge = { node: 'x'.repeat(300_000) };
  expect((await agent.call('POST', '/v1/agent/hello', huge)).status).toBe(413);
  const broken = await fetch(`${rig.helper.url}/v1/agent/hello`, {
    method: 'POST',
    body: '{',
    headers: { 'content-type': 'application/json', accept: 'text/plain' },
  });
  expect(broken.status).toBe(400);
  expect(await broken.text()).toMatch(/^code=BAD_REQUEST\nmessage=/);
  const form = await fetch(`${rig.helper.url}/v1/agent/hello`, {
    method: 'POST',
    body: 'a=b',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(form.status).toBe(415);
});

test('a NUL in what a ramdisk tells loses none of its words', async () => {
  const of = await rig.mbrServer();
  const agent = rig.agentOf(of);
  const disks = [{ name: 'vda', size: 128 * mib, serial: 'S\u00001' }];
  expect((await agent.hello(agent.helloBody({ disks }))).status).toBe(200);
  const report = { attempt: 0, step: 'error', error: 'panic \u0000here' };
  expect((await agent.report(report)).status).toBe(200);
  const row = await rig.world.row(of);
  expect(row?.fault).toMatchObject({ details: { reason: 'panic here' } });
  expect(row?.inventory).toMatchObject({ disks: [{ serial: 'S1' }] });
});

test('many questions on one connection leave nothing behind', async () => {
  const agent = rig.agentOf(await rig.mbrServer());
  await agent.hello();
  await agent.report({ attempt: 0, step: 'error', error: 'gives up' });
  for (let question = 1; question <= 12; question += 1) {
    expect((await agent.next()).body).toMatchObject({ command: 'abort' });
  }
  expect(rig.helper.log()).not.toContain('MaxListenersExceededWarning');
});

test('lines for a shell', async () => {
  const agent = rig.agentOf(await rig.mbrServer());
  const body = agent.helloBody();
  const accept = { accept: 'text/plain' };
  const { body: answer } = await agent.call('POST', '/v1/agent/hello', body, accept);
  expect(answer['text']).toMatch(/^session=[0-9a-f]{64}\nmethod=iscsi\ndisk=vda\nempties=\n$/);
});

test('a portal that is not its own, and words of another attempt', async () => {
  const of = await rig.mbrServer();
  const agent = rig.agentOf(of);
  await agent.hello();
  await rig.world.deploy(of);
  const { iqn } = (await agent.next()).body;
  const ready = { attempt: 1, portal: '127.0.0.1', port: 3260, lun: 1, zeroed: 1, iqn };
  expect((await agent.ready({ ...ready, portal: '127.0.0.9' })).status).toBe(403);
  expect((await agent.ready({ ...ready, attempt: 2 })).status).toBe(409);
  expect((await agent.ready({ ...ready, iqn: 'iqn.other' })).status).toBe(409);
  expect((await agent.report({ attempt: 1, step: 'leaving' })).status).toBe(409);
});

test('a node that is in another epoch is told to give up', async () => {
  const of = await rig.mbrServer();
  const agent = rig.agentOf(of);
  await agent.hello();
  await rig.world.database.prisma.node.update({
    where: { id: of.nodeId },
    data: { epoch: of.epoch + 1 },
  });
  expect((await agent.next()).body).toMatchObject({ command: 'abort' });
  await rig.world.deploy(of);
  expect((await agent.report({ attempt: 0, step: 'leaving' })).status).toBe(409);
  expect((await rig.world.row(of))?.state).toBe('hello');
});
