// Killed, paused, doubled: a command is carried out once, whoever holds it.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { healthKey } from '../../../services/power/src/bmc.js';
import { PowerRig } from './rig.js';

let rig: PowerRig;
beforeEach(async () => {
  rig = await PowerRig.start();
});
afterEach(() => rig.close());

/** As a process leaves the row when it is killed: claimed, its lease past. */
async function leaveBehind(key: string, phase: string | null): Promise<void> {
  await rig.others.prisma.$executeRaw`
    UPDATE power_commands SET state = 'running', owner = 'dead', claim = 1, phase = ${phase},
           lease_until = clock_timestamp() - interval '1 second' WHERE key = ${key}`;
}

const nodeLeaves = (id: number) =>
  rig.others.prisma.node.update({ where: { id }, data: { epoch: { increment: 1 } } });

describe('a cycle whose holder was killed', () => {
  test.each([
    ['before it did anything', null, 'on', ['off', 'on']],
    ['after off was sent', null, 'off', ['on']],
    ['after off was confirmed', 'off-confirmed', 'off', ['on']],
    ['after on was sent', 'off-confirmed', 'on', []],
  ] as const)('%s is finished, never switching off twice', async (_, phase, power, changes) => {
    const seen: string[] = [];
    const { node, bmc } = await rig.enrol({ power, onPower: (to) => seen.push(to) });
    await rig.order(node, 'cycle', 'cycle', { boot_device: 'network' });
    await leaveBehind('cycle', phase);
    rig.worker({ timing: { leaseMs: 3000 } });
    expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 2 });
    expect(seen).toEqual(changes);
    expect(bmc.power).toBe('on');
    expect(await rig.events(node)).toMatchObject([{ data: { switched_on: true } }]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])(
    'a service that stops at request %i hands it over',
    async (n) => {
      const seen: string[] = [];
      let stopping: Promise<void> | undefined;
      const { node, bmc } = await rig.enrol({
        power: 'on',
        onPower: (power) => seen.push(power),
        onRequest: (_, asked) => {
          if (asked.requests.length === n) {
            // The service stops before it has the answer, or it would be through with the last request.
            asked.behaviour = { ...asked.behaviour, delayMs: 2000 };
            stopping ??= first.close();
          }
        },
      });
      const first = rig.worker();
      await rig.order(node, 'cycle', 'cycle', { boot_device: 'network', worker: first });
      await waitFor(() => stopping !== undefined, {
        timeoutMs: 5000,
        what: `request ${String(n)}`,
      });
      await stopping;
      bmc.behaviour = { ...bmc.behaviour, delayMs: 0 };
      expect(await rig.row('cycle')).toMatchObject({ state: 'running', claim: 1 });
      rig.worker();
      expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 2 });
      expect(seen).toEqual(['off', 'on']);
    },
  );
});

describe('a holder that lost its claim', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipmitool-'));
    const script = `#!/bin/sh\necho $$ >'${folder}/pid.new'\nmv '${folder}/pid.new' '${folder}/pid'\nsleep 60 & wait\n`;
    await writeFile(join(folder, 'ipmitool'), script);
    await chmod(join(folder, 'ipmitool'), 0o755);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  test('has its ipmitool killed at once, and writes nothing', async () => {
    const node = await rig.addNode({ powerDriver: 'ipmi', pmAddress: '127.0.0.1' });
    await rig.order(node, 'on', 'on', { deadlineMs: 60_000 });
    rig.worker({ timing: { requestMs: 10_000, leaseMs: 15_000, renewMs: 100 } });
    const pid = await waitFor(
      async () => Number((await readFile(join(folder, 'pid'), 'utf8')).trim()),
      { timeoutMs: 5000, what: 'ipmitool to be called' },
    );
    expect(isAlive(pid)).toBe(true);
    await rig.others.prisma.$executeRaw`
      UPDATE power_commands SET claim = claim + 1, owner = 'other', lease_until = clock_timestamp() + interval '1 minute'`;
    await waitFor(() => !isAlive(pid), { timeoutMs: 3000, what: 'ipmitool to be killed' });
    await waitFor(() => rig.lines.some((line) => line.includes('held by another')), {
      timeoutMs: 3000,
      what: 'the holder to notice',
    });
    expect(await rig.row('on')).toMatchObject({ state: 'running', owner: 'other' });
    expect(await rig.events(node)).toEqual([]);
  });
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('one BMC', () => {
  test('two workers: one command after the other, in their order', async () => {
    let open = 0;
    let most = 0;
    const { node, bmc } = await rig.enrol({
      onRequest: () => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => (open -= 1), 30);
      },
    });
    bmc.behave({ delayMs: 30 });
    const keys = ['a', 'b', 'c', 'd'];
    const targets = ['on', 'off', 'on', 'cycle'] as const;
    for (const [i, key] of keys.entries()) {
      await rig.order(node, key, targets[i] ?? 'on');
    }
    rig.worker();
    rig.worker();
    const rows = await Promise.all(keys.map((key) => rig.ended(key)));
    expect(rows.map(({ state }) => state)).toEqual(keys.map(() => 'succeeded'));
    const ends = rows.map(({ finishedAt }) => finishedAt?.getTime() ?? 0);
    expect([...ends].sort((a, b) => a - b)).toEqual(ends);
    expect(most).toBe(1);
    expect(bmc.requests.filter((each) => each !== 'status')).toEqual([
      'on',
      'off',
      'on',
      'off',
      'on',
    ]);
  });

  test('a command that waited long in its line has its whole time', async () => {
    const { node, bmc } = await rig.enrol();
    bmc.behave({ delayMs: 400 });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const [i, key] of keys.entries()) {
      await rig.order(node, key, i % 2 === 0 ? 'on' : 'off', { deadlineMs: 6000 });
    }
    rig.worker({ concurrency: 1 });
    const rows = await Promise.all(keys.map((key) => rig.ended(key, 60_000)));
    expect(rows.map(({ state }) => state)).toEqual(keys.map(() => 'succeeded'));
    const [first, last] = [rows.at(0)?.createdAt, rows.at(-1)?.finishedAt];
    expect((last?.getTime() ?? 0) - (first?.getTime() ?? 0)).toBeGreaterThan(6000);
  });

  test('a dead one delays nobody else', async () => {
    const dead = await rig.enrol();
    dead.bmc.behave({ silent: true });
    await rig.order(dead.node, 'dead', 'on', { deadlineMs: 60_000 });
    await rig.order(dead.node, 'dead-too', 'on', { deadlineMs: 60_000 });
    const alive = await Promise.all(Array.from({ length: 6 }, () => rig.enrol()));
    for (const { node } of alive) {
      await rig.order(node, node.uuid, 'on');
    }
    rig.worker({ concurrency: 2 });
    const rows = await Promise.all(alive.map(({ node }) => rig.ended(node.uuid, 10_000)));
    expect(rows.every(({ state }) => state === 'succeeded')).toBe(true);
    expect(await rig.row('dead')).toMatchObject({ state: 'running' });
    expect(await rig.row('dead-too')).toMatchObject({ state: 'queued' });
  });

  test('known to be dead, it is tried twice, not until the deadline', async () => {
    const { node, bmc } = await rig.enrol();
    bmc.behave({ silent: true });
    [1, 2, 3].forEach(() => rig.health.failed(healthKey(node)));
    await rig.order(node, 'on', 'on', { deadlineMs: 60_000 });
    rig.worker({ timing: { requestMs: 300 } });
    expect(await rig.ended('on', 10_000)).toMatchObject({ fault: { code: 'POWER_UNREACHABLE' } });
  });
});

describe('a node that left the epoch', () => {
  test('cancels the command under way, which asks for nothing more', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    bmc.behave({ stuck: true });
    await rig.order(node, 'off', 'off');
    rig.worker();
    await waitFor(() => bmc.requests.includes('off'), { timeoutMs: 5000, what: 'off' });
    await nodeLeaves(node.id);
    expect(await rig.ended('off')).toMatchObject({ state: 'failed', fault: { code: 'CANCELLED' } });
    const asked = bmc.requests.length;
    await rig.order(await rig.node(node.id), 'keep', 'keep');
    await rig.ended('keep');
    expect(bmc.requests.slice(asked)).toEqual(['status']);
    expect(await rig.events(node)).toMatchObject([
      { type: 'node.power.failed', epoch: node.epoch, data: { fault: { code: 'CANCELLED' } } },
      { type: 'node.power.changed', epoch: node.epoch + 1 },
    ]);
  });

  test('cancels the command that only waits for an effect, at the next renewal', async () => {
    const { node, bmc } = await rig.enrol({ power: 'on' });
    bmc.behave({ stuck: true });
    const worker = rig.worker({ timing: { confirmMs: 60_000, renewMs: 100 } });
    await rig.order(node, 'off', 'off', { worker, deadlineMs: 60_000 });
    await waitFor(() => bmc.requests.includes('off'), { timeoutMs: 5000, what: 'off' });
    await nodeLeaves(node.id);
    expect(await rig.ended('off', 5000)).toMatchObject({ fault: { code: 'CANCELLED' } });
    expect(bmc.requests.filter((each) => each === 'off')).toHaveLength(1);
  });

  test('cancels the queued command before it asks for anything', async () => {
    const { node, bmc } = await rig.enrol();
    await rig.order(node, 'on', 'on');
    await nodeLeaves(node.id);
    rig.worker();
    expect(await rig.ended('on')).toMatchObject({ state: 'failed', fault: { code: 'CANCELLED' } });
    expect(bmc.requests).toEqual([]);
  });
});

describe('a deadline', () => {
  const passes = () => rig.others.prisma.$executeRaw`
    UPDATE power_commands SET deadline_at = clock_timestamp() - interval '1 second'`;

  test('that passed before its turn came is told as such, and the BMC is left alone', async () => {
    const { node, bmc } = await rig.enrol();
    await rig.order(node, 'on', 'on');
    await passes();
    rig.worker({ timing: { leaseMs: 1500, renewMs: 300 } });
    expect(await rig.ended('on')).toMatchObject({
      state: 'failed',
      fault: { code: 'QUEUE_TIMEOUT' },
    });
    expect(bmc.requests).toEqual([]);
  });

  test('is not judged right after the start, when nobody could have worked', async () => {
    const { node } = await rig.enrol();
    await rig.order(node, 'on', 'on');
    await passes();
    rig.worker({ timing: { leaseMs: 60_000 } });
    const other = await rig.enrol();
    await rig.order(other.node, 'other', 'on');
    await rig.ended('other');
    expect(await rig.row('on')).toMatchObject({ state: 'queued' });
  });
});
