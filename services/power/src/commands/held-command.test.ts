import type { Database } from '@metalcast/db';
import type { ClaimedPowerCommand, PowerStanding } from '@metalcast/db/power';
import { ClaimLost } from '@metalcast/work';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeldCommand, OutOfTime } from './held-command.js';

/** The answer for the row; undefined: another process has the claim. */
let row: { standing: PowerStanding } | undefined;
let phases: unknown[];
let held: HeldCommand | undefined;
let requests: number;

beforeEach(() => {
  row = { standing: 'current' };
  phases = [];
  requests = 0;
});
afterEach(() => {
  held?.close();
});

const database = {
  statement: (_: string, { values }: { values: unknown[] }) => {
    phases.push(values[1]);
    return Promise.resolve(row === undefined ? [] : [row]);
  },
} as unknown as Database;

const command = { id: '1', claim: 1, epoch: 7, leftMs: 60_000 } as ClaimedPowerCommand;

function hold({ leaseMs = 15_000, leftMs = 60_000, ageMs = 0 } = {}): HeldCommand {
  const timing = { requestMs: 8000, confirmMs: 1, softOffMs: 1, offAgainMs: 1, renewMs: 5000 };
  const claimedAt = performance.now() - ageMs;
  held = new HeldCommand(database, { ...command, leftMs }, { ...timing, leaseMs }, claimedAt);
  return held;
}

const request = ({ timeoutMs }: { timeoutMs: number }): Promise<number> => {
  requests += 1;
  return Promise.resolve(timeoutMs);
};

test('a request that only reads needs no answer of the row, and has its whole time', async () => {
  expect(await hold().read(request)).toBe(8000);
  expect(phases).toEqual([]);
});

test('a request that reads renews a lease that would end before it', async () => {
  const late = hold({ ageMs: 7000 });
  expect(await late.read(request)).toBe(8000);
  expect(phases).toEqual([null]);
});

test('a command whose lease is as short as its requests ends before the lease does', async () => {
  expect(await hold({ leaseMs: 3000 }).read(request)).toBeLessThanOrEqual(2000);
});

test('each request that changes something asks the row first, and stores the phase', async () => {
  const current = hold();
  await current.change(request);
  current.reach('off-confirmed');
  await current.read(request);
  await current.change(request);
  expect(phases).toEqual([null, 'off-confirmed']);
});

test('a node in another epoch is not changed', async () => {
  row = { standing: 'stale' };
  await expect(hold().change(request)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(requests).toBe(0);
});

test('a lost claim ends everything', async () => {
  row = undefined;
  const lost = hold();
  await expect(lost.change(request)).rejects.toThrow(ClaimLost);
  await expect(lost.read(request)).rejects.toThrow(ClaimLost);
  expect(lost.signal.aborted).toBe(true);
  expect(requests).toBe(0);
});

test("when the database does not answer, the lease ends by the process's own clock", async () => {
  const cut = hold({ ageMs: 14_950 });
  await delay(100);
  expect(cut.signal.aborted).toBe(true);
  await expect(cut.read(request)).rejects.toThrow(ClaimLost);
  expect(phases).toEqual([]);
});

test('after the deadline no request is allowed', async () => {
  const late = hold({ leftMs: -1 });
  await expect(late.read(request)).rejects.toThrow(OutOfTime);
  await expect(late.change(request)).rejects.toThrow(OutOfTime);
  expect(requests).toBe(0);
});
