import { Database } from '@metalcast/db';
import {
  claimPowerCommand,
  endPowerCommand,
  type ClaimedPowerCommand,
  type PowerClaimed,
  type PowerEnd,
  type PowerEnded,
} from '@metalcast/db/power';
import { waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { execute } from '../../../services/power/src/commands/execute.js';
import { HeldCommand } from '../../../services/power/src/commands/held-command.js';
import { judgesOverdue, PowerRig, waits } from './rig.js';

let rig: PowerRig;
beforeAll(async () => {
  rig = await PowerRig.start();
});
afterAll(() => rig.close());

const plainly = { overdue: false, orphans: true, clockWithin: undefined };

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

function present(claimed: PowerClaimed): ClaimedPowerCommand {
  if (claimed.outcome === 'none') {
    throw new Error('the command is not to be had');
  }
  return claimed.command;
}

test('any number of claimers take each command once, one per BMC, in their order', async () => {
  const nodes = await Promise.all(
    Array.from({ length: 6 }, (_, i) => rig.enrol({}, { bmcKey: `bmc-${String(i)}` })),
  );
  for (let round = 0; round < 5; round += 1) {
    for (const { node } of nodes) {
      await rig.order(node, `${node.uuid}/${String(round)}`, 'on');
    }
  }
  const taken: string[] = [];
  const running = new Set<string>();
  let overlaps = 0;
  const claimer = async (owner: string): Promise<void> => {
    while (taken.length < nodes.length * 5) {
      const claim = { owner, leaseMs: 60_000, ...plainly };
      const claimed = await claimPowerCommand(rig.database, claim);
      if (claimed.outcome === 'none') {
        continue;
      }
      const { command } = claimed;
      overlaps += running.has(command.address) ? 1 : 0;
      running.add(command.address);
      taken.push(command.key);
      running.delete(command.address);
      await end(command);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(claimer));
  expect(new Set(taken).size).toBe(taken.length);
  expect(taken).toHaveLength(30);
  expect(overlaps).toBe(0);
  for (const { node } of nodes) {
    const order = taken.filter((key) => key.startsWith(node.uuid));
    expect(order).toEqual([...order].sort());
  }
});

test('a command of another claim cannot be ended', async () => {
  const { node } = await rig.enrol();
  await rig.order(node, 'claimed', 'on');
  const claim = { owner: 'a', leaseMs: 60_000, ...plainly };
  const command = await claimPowerCommand(rig.database, claim);
  const stale = { ...present(command), claim: 0 };
  expect(await end(stale)).toEqual({ outcome: 'lost' });
  expect(await rig.row('claimed')).toMatchObject({ state: 'running' });
  expect(await rig.events(node)).toEqual([]);
});

test('who finds nothing to take is told whether anything has not ended', async () => {
  const { prisma } = rig.others;
  await prisma.powerCommand.deleteMany();
  const claim = { owner: 'a', leaseMs: 60_000, ...plainly };
  const look = () => claimPowerCommand(rig.database, claim);
  expect(await look()).toMatchObject({ outcome: 'none', open: false });
  const { node } = await rig.enrol();
  await rig.order(node, 'open', 'on');
  const command = present(await look());
  expect(await look()).toMatchObject({ outcome: 'none', open: true });
  await end(command);
  expect(await look()).toMatchObject({ outcome: 'none', open: false });
});

test('where nothing is under way anywhere, it is looked at with the renewals', async () => {
  const { prisma } = rig.others;
  await prisma.powerCommand.deleteMany();
  const looks: number[] = [];
  const statements = vi.spyOn(rig.database, 'statement').mockImplementation((name, sql) => {
    if (name === 'claim_power_command') {
      looks.push(performance.now());
    }
    return Database.prototype.statement.call(rig.database, name, sql);
  });
  const pause = async (): Promise<number> => {
    const seen = looks.length;
    await waitFor(() => looks.length >= seen + 3, { timeoutMs: 20_000, what: 'three looks' });
    return looks[seen + 2]! - looks[seen + 1]!;
  };
  const worker = rig.worker({ sweepMs: 10, timing: { renewMs: 500 } });
  try {
    expect(await pause()).toBeGreaterThan(490);
    const { node } = await rig.enrol();
    // What another process holds.
    await rig.order(node, 'theirs', 'on');
    await prisma.$executeRaw`
      UPDATE power_commands SET state = 'running', owner = 'dead', claim = 1, lease_until = clock_timestamp() + interval '1 minute'`;
    await waitFor(async () => (await pause()) < 490, {
      timeoutMs: 20_000,
      what: 'a shorter pause',
    });
    await prisma.$executeRaw`UPDATE power_commands SET lease_until = clock_timestamp()`;
    expect(await rig.ended('theirs')).toMatchObject({ state: 'succeeded', claim: 2 });
  } finally {
    statements.mockRestore();
    await worker.close();
  }
});

test('a command that loses the database at each claim is not given up', async () => {
  const { node } = await rig.enrol();
  await rig.order(node, 'unlucky', 'on');
  await rig.others.prisma.powerCommand.update({ where: { key: 'unlucky' }, data: { claim: 9 } });
  const claimed = { owner: 'a', leaseMs: 60_000, ...plainly };
  const command = await claimPowerCommand(rig.database, claimed);
  const { database, passwords, logger, health } = rig;
  const timing = {
    requestMs: 2000,
    confirmMs: 500,
    softOffMs: 1000,
    offAgainMs: 5,
    leaseMs: 60_000,
    renewMs: 30_000,
  };
  const held = new HeldCommand(database, present(command), timing, performance.now());
  const executed = await rig.others.transaction(async ({ sql }) => {
    await sql.$executeRaw`LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE`;
    const running = execute({ database, passwords, logger, health, timing, waits }, held);
    await waitFor(
      async () =>
        (
          await rig.others.prisma.$queryRaw<object[]>`
          SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`
        ).length > 0 || undefined,
      { timeoutMs: 20_000, what: 'the command to read its node' },
    );
    return { running };
  });
  await executed.running;
  expect(await rig.row('unlucky')).toMatchObject({ state: 'running', claim: 10 });
});

test('right after a time without the database nothing is overdue, as right after the start', async () => {
  await rig.others.prisma.powerCommand.deleteMany();
  let isAway = false;
  /** Whether each look that the database answered took what was overdue; and how many it did not answer. */
  let judged: boolean[] = [];
  let refused = 0;
  const statements = vi.spyOn(rig.database, 'statement').mockImplementation((name, sql) => {
    if (name === 'claim_power_command') {
      if (isAway) {
        refused += 1;
        return Promise.reject(new Error('the database is away'));
      }
      judged.push(judgesOverdue(sql));
    }
    return Database.prototype.statement.call(rig.database, name, sql);
  });
  const leaseMs = 400;
  const judges = () => waitFor(() => judged.at(-1), { timeoutMs: 20_000, what: 'a judging look' });
  const worker = rig.worker({ sweepMs: 10, timing: { renewMs: 50, leaseMs } });
  try {
    await judges();
    expect(judged[0]).toBe(false);
    isAway = true;
    const since = performance.now();
    const isLong = () => refused > 0 && performance.now() - since > leaseMs;
    await waitFor(isLong, { timeoutMs: 20_000, what: 'a long absence' });
    judged = [];
    isAway = false;
    await judges();
    expect(judged[0]).toBe(false);
  } finally {
    statements.mockRestore();
    await worker.close();
  }
});
