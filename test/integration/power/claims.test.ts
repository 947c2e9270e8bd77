import { claimPowerCommand, endPowerCommand } from '@metalcast/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PowerRig } from './rig.js';

let rig: PowerRig;
beforeAll(async () => {
  rig = await PowerRig.start();
});
afterAll(() => rig.close());

test('any number of claimers take each command once, one per BMC, in their order', async () => {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => rig.enrol()));
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
      const claim = { owner, leaseMs: 60_000, overdue: false };
      const command = await claimPowerCommand(rig.database, claim);
      if (command === undefined) {
        continue;
      }
      overlaps += running.has(command.address) ? 1 : 0;
      running.add(command.address);
      taken.push(command.key);
      await rig.database.transaction(async ({ sql }) => {
        await endPowerCommand(sql, command, null);
        running.delete(command.address);
      });
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
  const claim = { owner: 'a', leaseMs: 60_000, overdue: false };
  const command = await claimPowerCommand(rig.database, claim);
  const stale = { id: command?.id ?? 0n, claim: 0 };
  const ended = await rig.database.transaction(({ sql }) => endPowerCommand(sql, stale, null));
  expect(ended).toBe(false);
  expect(await rig.row('claimed')).toMatchObject({ state: 'running' });
});
