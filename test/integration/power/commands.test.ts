import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { powerStates } from '@metalcast/domain';
import { TestKeys } from '@metalcast/testing';
import { PowerRig } from './rig.js';

let rig: PowerRig;
beforeAll(async () => {
  rig = await PowerRig.start();
  rig.taker = rig.worker();
});
afterAll(() => rig.close());

let last = 0;
const newKey = (): string => `key-${(last += 1)}`;

describe('a command that succeeds', () => {
  test('on: boot device just before, read back, told', async () => {
    const { node, bmc } = await rig.enrol();
    const key = newKey();
    await rig.order(node, key, 'on', { boot_device: 'network' });
    expect(await rig.ended(key)).toMatchObject({ state: 'succeeded', fault: null });
    expect(bmc.power).toBe('on');
    expect(bmc.requests).toEqual(['status', 'bootdev network', 'on', 'status']);
    expect(await rig.node(node.id)).toMatchObject({ powerState: powerStates.running });
    expect(await rig.events(node)).toMatchObject([
      {
        type: 'node.power.changed',
        epoch: node.epoch,
        requestId: `req-${key}`,
        data: { from: 'off', to: 'on', by: 'command', key, switched_on: true },
      },
    ]);
    expect(await rig.row(key)).toMatchObject({ switchedOnAt: expect.any(Date) as Date });
  });

  test('neither a command nor a reading changes the row of the node', async () => {
    const { node } = await rig.enrol();
    await rig.observer().get(node.uuid);
    const { version } = await rig.node(node.id);
    const key = newKey();
    await rig.order(node, key, 'on');
    await rig.ended(key);
    await rig.observer().get(node.uuid);
    expect(await rig.node(node.id)).toMatchObject({ version, powerState: powerStates.running });
  });

  test('on: a machine that is on is left on, and no milestone is made up', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    const key = newKey();
    await rig.order(node, key, 'on');
    await rig.ended(key);
    expect(bmc.requests).toEqual(['status']);
    const event = {
      type: 'node.power.changed',
      data: { from: 'on', to: 'on', by: 'command', key },
    };
    const [only, ...more] = await rig.events(node);
    expect({ ...only, more }).toMatchObject({ ...event, more: [] });
    expect(only?.data).not.toHaveProperty('switched_on');
    expect(await rig.row(key)).toMatchObject({ switchedOnAt: null });
  });

  test('cycle: a machine that is on is switched off first, for it would not boot anew', async () => {
    const seen: string[] = [];
    const { node, bmc } = await rig.enrol({ power: 'on', onPower: (power) => seen.push(power) });
    const key = newKey();
    await rig.order(node, key, 'cycle', { boot_device: 'network' });
    expect(await rig.ended(key)).toMatchObject({ state: 'succeeded', phase: 'off-confirmed' });
    expect(seen).toEqual(['off', 'on']);
    expect(bmc.requests).toEqual([
      'status',
      'off',
      'status',
      'status',
      'bootdev network',
      'on',
      'status',
    ]);
    expect(await rig.events(node)).toMatchObject([{ data: { switched_on: true } }]);
  });

  test('off: two readings make it certain', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    const key = newKey();
    await rig.order(node, key, 'off');
    await rig.ended(key);
    expect(bmc.requests).toEqual(['status', 'off', 'status', 'status']);
    expect(await rig.node(node.id)).toMatchObject({ powerState: powerStates.shutdown });
  });

  test('soft-off: the operating system takes its time', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    bmc.behave({ powerDelayMs: 400 });
    const key = newKey();
    await rig.order(node, key, 'soft-off');
    expect(await rig.ended(key)).toMatchObject({ state: 'succeeded' });
    expect(bmc.requests.filter((request) => request === 'soft-off')).toHaveLength(1);
  });

  test('keep: sets the boot device and nothing else', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    const key = newKey();
    await rig.order(node, key, 'keep', { boot_device: 'disk' });
    await rig.ended(key);
    expect(bmc.requests).toEqual(['status', 'bootdev disk']);
    expect(bmc.power).toBe('on');
  });

  test('a slow BMC is asked once, and waited for', async () => {
    const { node, bmc } = await rig.enrol();
    bmc.behave({ powerDelayMs: 300 });
    const key = newKey();
    await rig.order(node, key, 'on');
    expect(await rig.ended(key)).toMatchObject({ state: 'succeeded' });
    expect(bmc.requests.filter((request) => request === 'on')).toHaveLength(1);
  });

  test('a BMC that is busy for a moment is asked again', async () => {
    const { node, bmc } = await rig.enrol({
      onRequest: (request, { requests }) => {
        if (request === 'on' && requests.filter((each) => each === 'on').length === 2) {
          bmc.behave({});
        }
      },
    });
    bmc.behave({ refuse: ['on'], answer: 'Node busy' });
    const key = newKey();
    await rig.order(node, key, 'on');
    expect(await rig.ended(key)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a command that fails', () => {
  test('refused: POWER_REFUSED with the answer of the BMC', async () => {
    const { node, bmc } = await rig.enrol();
    bmc.behave({ refuse: ['on'], answer: 'PSU 2 has failed' });
    const key = newKey();
    await rig.order(node, key, 'cycle');
    const fault = {
      code: 'POWER_REFUSED',
      message: expect.stringContaining('PSU 2 has failed') as string,
      details: { node: node.uuid, target: 'on', answer: 'PSU 2 has failed' },
      phase: 'power cycle',
    };
    expect(await rig.ended(key)).toMatchObject({ state: 'failed', fault });
    expect(await rig.events(node)).toMatchObject([
      { type: 'node.power.changed', data: { from: 'unknown', to: 'off', by: 'command' } },
      { type: 'node.power.failed', data: { key, fault } },
    ]);
    expect(await rig.node(node.id)).toMatchObject({
      powerState: powerStates.shutdown,
      powerFault: null,
    });
  });

  test('wrong password: POWER_AUTH, tried once, power unknown', async () => {
    const { node, bmc } = await rig.enrol({ password: 'another', power: 'on' });
    const key = newKey();
    await rig.order(node, key, 'off');
    expect(await rig.ended(key)).toMatchObject({ state: 'failed', fault: { code: 'POWER_AUTH' } });
    expect(bmc.requests).toEqual([]);
    expect(await rig.node(node.id)).toMatchObject({
      powerState: powerStates.nostate,
      powerFault: { code: 'POWER_AUTH' },
    });
  });

  test('nothing changes: POWER_NO_CHANGE with what was seen, at the deadline', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    bmc.behave({ stuck: true });
    const key = newKey();
    await rig.order(node, key, 'off', { deadlineMs: 1500 });
    expect(await rig.ended(key)).toMatchObject({
      state: 'failed',
      fault: { code: 'POWER_NO_CHANGE', details: { target: 'off', observed: 'on' } },
    });
    expect(bmc.requests.filter((request) => request === 'off').length).toBeGreaterThan(1);
    expect(await rig.node(node.id)).toMatchObject({ powerState: powerStates.running });
  });

  test('silence: POWER_UNREACHABLE at the deadline, power unknown and never off', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    await rig.observer().get(node.uuid);
    bmc.behave({ silent: true });
    const key = newKey();
    await rig.order(node, key, 'off', { deadlineMs: 1500 });
    expect(await rig.ended(key)).toMatchObject({
      state: 'failed',
      fault: { code: 'POWER_UNREACHABLE' },
    });
    expect(await rig.node(node.id)).toMatchObject({
      powerState: powerStates.nostate,
      powerFault: { code: 'POWER_UNREACHABLE' },
    });
  });

  test.each([
    ['no address', { pmAddress: null }, /needs an address/],
    ['an unknown driver', { powerDriver: 'redfish' }, /redfish is not known/],
    ['a bad option', { pmOptions: { port: 1 } }, /power options/],
    ['a password of a release before', { pmSecret: 'v1:AAAA' }, /not sealed as this release/],
    ['a huge password', { pmSecret: 'e30.'.repeat(100_000) }, /is longer than/],
  ])('%s: POWER_MISCONFIGURED', async (_, row, reason) => {
    const { node } = await rig.enrol({}, row);
    const key = newKey();
    await rig.order(node, key, 'on');
    expect(await rig.ended(key)).toMatchObject(misconfigured(reason));
  });

  test.each([
    ['that was cut off', (sealed: string) => sealed.slice(0, -9), /damaged/],
    ['that was changed', (sealed: string) => sealed.replace(/.{9}$/, 'AAAAAAAAA'), /damaged/],
    ['of another node', () => other('nodes.pm_secret:1'), /of another row/],
    ['sealed to a lost key', () => other('nodes.pm_secret:1', new TestKeys()), /does not have/],
  ])('a password %s: POWER_MISCONFIGURED, and nothing is asked', async (_, damage, reason) => {
    const { node, bmc } = await rig.enrol();
    const pmSecret = await damage(node.pmSecret ?? '');
    await rig.others.prisma.node.update({ where: { id: node.id }, data: { pmSecret } });
    const key = newKey();
    await rig.order(node, key, 'on');
    expect(await rig.ended(key)).toMatchObject(misconfigured(reason));
    expect(bmc.requests).toEqual([]);
  });

  const other = (owner: string, keys = rig.keys): Promise<string> =>
    keys.seal('bmcPublic', owner, 'geheim');

  const misconfigured = (reason: RegExp): object => ({
    state: 'failed',
    fault: {
      code: 'POWER_MISCONFIGURED',
      details: { reason: expect.stringMatching(reason) as string },
    },
  });
});

describe('what is taken in', () => {
  test('a repeat finds its key', async () => {
    const { node, bmc } = await rig.enrol();
    const key = newKey();
    await Promise.all([1, 2, 3].map(() => rig.order(node, key, 'on')));
    await rig.ended(key);
    await rig.order(node, key, 'on');
    expect(bmc.requests.filter((request) => request === 'on')).toHaveLength(1);
    expect(await rig.others.prisma.powerCommand.count({ where: { key } })).toBe(1);
  });

  const operationsKey = () => `${randomUUID()}/1/powerCycleToNetwork/1`;

  test('another epoch is refused without a trace on the BMC', async () => {
    const { node, bmc } = await rig.enrol({}, { epoch: 7 });
    const [stale, future] = [newKey(), newKey()];
    await rig.order(node, stale, 'on', { epoch: 6 });
    await rig.order(node, future, 'on', { epoch: 8 });
    for (const key of [stale, future]) {
      const end = { state: 'failed', epoch: 7, fault: { code: 'CANCELLED' } };
      expect(await rig.row(key)).toMatchObject(end);
    }
    expect(bmc.requests).toEqual([]);
    const refused = (key: string) => ({
      ...{ type: 'node.power.failed', epoch: 7 },
      data: { key, fault: { code: 'CANCELLED' } },
    });
    expect(await rig.events(node)).toMatchObject([refused(stale), refused(future)]);
  });

  test('an operation that has lost its node is not told so', async () => {
    const { node } = await rig.enrol({}, { epoch: 7 });
    const key = operationsKey();
    await rig.order(node, key, 'on', { epoch: 6 });
    expect(await rig.row(key)).toBeNull();
    expect(await rig.events(node)).toEqual([]);
  });

  describe('while an operation works on the node', () => {
    const operationId = randomUUID();
    const worked = () => rig.enrol({}, { operationId });

    test.each([undefined, null])(
      'a command of anybody else is refused, epoch %s: whoever asks for its end finds it',
      async (epoch) => {
        const { node, bmc } = await worked();
        const key = newKey();
        for (let times = 0; times < 2; times += 1) {
          await rig.order(node, key, 'on', epoch === undefined ? {} : { epoch });
        }
        expect(bmc.requests).toEqual([]);
        const reason = `Operation ${operationId} is working on node ${node.uuid}.`;
        expect(await rig.row(key)).toMatchObject({
          ...{
            state: 'failed',
            nodeId: node.id,
            target: 'on',
            finishedAt: expect.any(Date) as unknown,
          },
          fault: { code: 'CONFLICT', details: { reason } },
        });
        expect(await rig.events(node)).toMatchObject([
          {
            ...{ type: 'node.power.failed', epoch: node.epoch },
            data: { key, fault: { code: 'CONFLICT', details: { reason } } },
          },
        ]);
      },
    );

    test("a key like an operation's is not enough without the epoch", async () => {
      const { node } = await worked();
      const key = operationsKey();
      await rig.order(node, key, 'on', { epoch: null });
      expect(await rig.row(key)).toBeNull();
      expect(await rig.events(node)).toMatchObject([{ data: { fault: { code: 'CONFLICT' } } }]);
    });

    test("another operation's key is not enough with the epoch", async () => {
      const { node, bmc } = await worked();
      const key = operationsKey();
      await rig.order(node, key, 'on');
      expect(await rig.row(key)).toBeNull();
      expect(bmc.requests).toEqual([]);
      expect(await rig.events(node)).toMatchObject([{ data: { fault: { code: 'CONFLICT' } } }]);
    });

    test("the operation's own command is carried out", async () => {
      const { node } = await worked();
      const key = `${operationId}/1/powerCycleToNetwork/1`;
      await rig.order(node, key, 'on');
      expect(await rig.ended(key)).toMatchObject({ state: 'succeeded' });
    });

    test('a command that was taken in before is not refused when it comes again', async () => {
      const { node } = await rig.enrol();
      const key = newKey();
      await rig.order(node, key, 'on');
      await rig.others.prisma.node.update({ where: { id: node.id }, data: { operationId } });
      await rig.order(node, key, 'on');
      await rig.ended(key);
      expect(await rig.events(node)).toMatchObject([{ type: 'node.power.changed' }]);
    });
  });

  test("a foreign caller's message needs neither key nor epoch", async () => {
    const { node, bmc } = await rig.enrol({}, { epoch: 3 });
    const messageId = newKey();
    const cast = () =>
      rig
        .commands()
        .receive({ node: node.uuid, target: 'on' }, { requestId: 'req-foreign', messageId });
    await cast();
    await cast();
    expect(await rig.ended(messageId)).toMatchObject({ state: 'succeeded', epoch: 3 });
    expect(bmc.power).toBe('on');
  });

  test('a node that is not there is told of, except to an operation', async () => {
    const node = '5f0e6c1e-8f4e-4b36-9d3c-00000000dead';
    const receive = (key: string) =>
      rig.commands().receive({ node, epoch: 1, target: 'on', key }, { requestId: 'req-x' });
    await expect(receive(newKey())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await receive(operationsKey());
  });
});

test('the password is in no row, message, event or log line', async () => {
  expect(await rig.everything()).not.toContain('canary-4711');
});
