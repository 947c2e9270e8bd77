// A command as it comes in: written down once, begun at once where nothing comes before it.
import type { Node } from '@metalcast/db';
import {
  endPowerCommand,
  receivePowerCommand,
  renewPowerCommands,
  type ClaimedPowerCommand,
  type PowerEnd,
  type PowerEnded,
  type PowerHolder,
} from '@metalcast/db/power';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import pg from 'pg';
import { PowerRig } from './rig.js';

let rig: PowerRig;
beforeAll(async () => {
  rig = await PowerRig.start();
});
afterAll(() => rig.close());

const holder = { owner: 'a', leaseMs: 60_000 };

const receive = (
  { uuid, epoch }: Pick<Node, 'uuid' | 'epoch'>,
  key: string,
  by: PowerHolder | undefined = holder,
) => {
  const asked = { target: 'on', bootDevice: null, requestId: 'r', deadlineMs: 5000, queueMs: 9000 };
  return receivePowerCommand(rig.database, { ...asked, node: uuid, epoch, key }, by);
};

async function taken(node: Node, key: string): Promise<ClaimedPowerCommand> {
  const received = await receive(node, key);
  if (received.outcome !== 'taken') {
    throw new Error(`the command is ${received.outcome}`);
  }
  return received.command;
}

/** Ends a command as one that switched its node on. */
const end = (command: ClaimedPowerCommand, more: Partial<PowerEnd> = {}): Promise<PowerEnded> =>
  endPowerCommand(rig.database, command, {
    event: 'succeed',
    fault: null,
    reading: { powerState: 1, fault: null },
    switchedOn: true,
    tell: (out) => {
      const subject = command.nodeUuid ?? '';
      out.emit({ type: 'node.power.changed', subject, data: {} });
    },
    ...more,
  });

test('one of many for a node is begun, by one process, and the others wait', async () => {
  const { node } = await rig.enrol();
  const keys = Array.from({ length: 8 }, (_, i) => `many-${String(i)}`);
  const received = await Promise.all(keys.map((key) => receive(node, key)));
  const outcomes = received.map(({ outcome }) => outcome).sort();
  expect(outcomes).toEqual([...Array.from({ length: 7 }, () => 'deferred'), 'taken']);
  const rows = await Promise.all(keys.map((key) => rig.row(key)));
  expect(rows.filter((row) => row?.state === 'running' && row.claim === 1)).toHaveLength(1);
});

test('the same one, however often and at once, is one row', async () => {
  const { node } = await rig.enrol();
  const received = await Promise.all([1, 2, 3, 4, 5].map(() => receive(node, 'same')));
  const outcomes = received.map(({ outcome }) => outcome).sort();
  expect(outcomes).toEqual([...Array.from({ length: 4 }, () => 'repeated'), 'taken']);
  expect(await receive({ ...node, epoch: 9 }, 'same')).toMatchObject({ outcome: 'repeated' });
});

test('a BMC that is busy for another node makes it wait', async () => {
  const bmcKey = 'moved:623';
  const former = await rig.enrol({}, { bmcKey });
  expect(await receive(former.node, 'former')).toMatchObject({ outcome: 'taken' });
  await rig.others.prisma.node.update({
    where: { id: former.node.id },
    data: { deletedAt: new Date() },
  });
  const { node } = await rig.enrol({}, { bmcKey });
  expect(await receive(node, 'latter')).toMatchObject({ outcome: 'deferred' });
  expect(await receive(former.node, 'late')).toEqual({ outcome: 'unknown' });
});

test('it comes with what is enrolled, and ends once', async () => {
  const { node } = await rig.enrol({}, { epoch: 3, pmOptions: { port: 1 } });
  const command = await taken(node, 'whole');
  const { id, uuid, pmAddress, pmSecret, pmOptions, bmcEndpoints } = node;
  expect(command).toMatchObject({
    ...{ nodeId: id, nodeUuid: uuid, epoch: 3, claim: 1, phase: null, firmware: null },
    node: {
      id,
      uuid,
      pmAddress,
      pmSecret,
      pmOptions,
      bmcEndpoints,
      powerState: 0,
      powerVersion: 0,
    },
  });
  expect(command.leftMs).toBeGreaterThan(4000);
  expect(await receive(node, 'behind')).toMatchObject({ outcome: 'deferred' });
  const ends = await Promise.all([1, 2, 3].map(() => end(command)));
  expect(ends.filter(({ outcome }) => outcome === 'ended')).toEqual([
    { outcome: 'ended', waiting: true },
  ]);
  expect(await rig.events(node)).toHaveLength(1);
  expect(await rig.node(id)).toMatchObject({ powerState: 1, powerFault: null, powerVersion: 1 });
});

test('an end that waits for the row of the command or the node judges what is there then', async () => {
  const { prisma } = rig.others;
  const [kept, left] = [await rig.enrol(), await rig.enrol()];
  const commands = await Promise.all(
    [kept, left].map(({ node }) => taken(node, `held-${node.uuid}`)),
  );
  const ends = await prisma.$transaction(async (sql) => {
    await sql.$executeRaw`UPDATE power_commands SET lease_until = clock_timestamp() + interval '1 minute' WHERE id = ${BigInt(commands[0]!.id)}`;
    await sql.node.update({ where: { id: left.node.id }, data: { epoch: { increment: 1 } } });
    const ending = commands.map((command) => end(command));
    await waitFor(async () => (await lockWaits()) === 2, {
      timeoutMs: 10_000,
      what: 'both ends to wait',
    });
    return { ending };
  });
  expect(await Promise.all(ends.ending)).toEqual([
    { outcome: 'ended', waiting: false },
    { outcome: 'stale' },
  ]);
  expect(await rig.events(kept.node)).toHaveLength(1);
  expect(await rig.events(left.node)).toEqual([]);
  expect(await rig.node(left.node.id)).toMatchObject({ powerVersion: 0 });
  expect(await end(commands[1]!, { reading: undefined, event: 'cancel' })).toMatchObject({
    outcome: 'ended',
  });
});

test('all leases are renewed at once; what is lost and what is stale is told', async () => {
  const rigged = await Promise.all([1, 2, 3].map(() => rig.enrol()));
  const [mine, stale, lost] = await Promise.all(
    rigged.map(({ node }) => taken(node, `renewed-${node.uuid}`)),
  );
  await rig.others.prisma.node.update({
    where: { id: stale!.nodeId },
    data: { epoch: { increment: 1 } },
  });
  const claims = [mine!, stale!, { ...lost!, claim: 7 }];
  const before = (await rig.row(mine!.key))?.leaseUntil?.getTime() ?? 0;
  const { standings } = await renewPowerCommands(rig.database, claims, 600_000);
  expect(standings).toEqual(
    new Map([
      [mine!.id, 'current'],
      [stale!.id, 'stale'],
    ]),
  );
  expect((await rig.row(mine!.key))?.leaseUntil?.getTime()).toBeGreaterThan(before + 400_000);
});

test('what a killed process had begun is taken over when its lease has passed', async () => {
  const { node, bmc } = await rig.enrol();
  const received = await receive(node, 'killed', { owner: 'dead', leaseMs: 300 });
  expect(received).toMatchObject({ outcome: 'taken' });
  const worker = rig.worker({ timing: { leaseMs: 3000 } });
  expect(await rig.ended('killed')).toMatchObject({ state: 'succeeded', claim: 2 });
  expect(bmc.requests).toEqual(['status', 'on', 'status']);
  await worker.close();
});

test('what finds no room waits, and is begun as soon as there is some', async () => {
  const worker = rig.worker({ concurrency: 1, sweepMs: 60_000 });
  const enrolled = await Promise.all([1, 2, 3].map(() => rig.enrol()));
  for (const { node, bmc } of enrolled) {
    bmc.behave({ delayMs: 50 });
    await rig.order(node, node.uuid, 'on', { worker });
  }
  const rows = await Promise.all(enrolled.map(({ node }) => rig.ended(node.uuid, 5000)));
  const ends = rows.map(({ finishedAt }) => finishedAt?.getTime() ?? 0);
  expect([...ends].sort((a, b) => a - b)).toEqual(ends);
  await worker.close();
});

test('what waits for another of its node is begun as soon as that has ended', async () => {
  const first = rig.worker({ sweepMs: 60_000 });
  const second = rig.worker({ sweepMs: 60_000 });
  const { node, bmc } = await rig.enrol();
  bmc.behave({ delayMs: 50 });
  await rig.order(node, 'before', 'on', { worker: first });
  await rig.order(node, 'after', 'off', { worker: second });
  expect(await rig.ended('after', 5000)).toMatchObject({ state: 'succeeded' });
  await Promise.all([first.close(), second.close()]);
});

test.each([
  ['on', { power: 'off' }, { boot_device: 'disk' }, 4],
  ['on', { power: 'on' }, {}, 2],
  ['off', { power: 'on' }, {}, 3],
  ['keep', { power: 'on' }, { boot_device: 'disk' }, 3],
  ['cycle', { power: 'off' }, { boot_device: 'network' }, 4],
  ['cycle', { power: 'on' }, { boot_device: 'network' }, 5],
] as const)(
  '%s of a machine that is %o, %o: %i statements in all',
  async (target, power, more, statements) => {
    const worker = rig.worker({ sweepMs: 60_000, timing: { renewMs: 60_000 } });
    const { node } = await rig.enrol(power);
    // Its BMC is known from then on.
    await rig.observer().get(node.uuid);
    const queries = vi.spyOn(pg.Client.prototype, 'query');
    try {
      const before = rig.lines.length;
      await rig.order(node, `count-${node.uuid}`, target, { ...more, worker });
      await waitFor(
        () => rig.lines.slice(before).some((line) => line.includes('power command done')),
        { timeoutMs: 10_000, what: 'the end of the command' },
      );
      const sent = queries.mock.calls.map(([query]) => (query as { name?: string }).name);
      expect(sent, sent.join()).toHaveLength(statements);
    } finally {
      queries.mockRestore();
      await worker.close();
    }
  },
);

async function lockWaits(): Promise<number> {
  const rows = await rig.others.prisma.$queryRaw<object[]>`
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return rows.length;
}
