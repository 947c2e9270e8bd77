// The database's clock jumps: what others hold by it is still theirs, and has its time; what the dead held is free.
import { Database } from '@metalcast/db';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PowerWorker } from '../../../services/power/src/commands/worker.js';
import { movableClock, type DatabaseClock } from '../database-clock.js';
import { judgesOverdue, PowerRig, type EnrolledBmc } from './rig.js';

const hourMs = 3_600_000;
/** Nothing is asked for again within the test. */
const confirmMs = 600_000;
const deadlineMs = 300_000;

let rig: PowerRig;
let clock: DatabaseClock;
/** Statements that the database has answered, by name; of claims whether they judge what is overdue. */
let claims: boolean[];
let renewals: number;

beforeEach(async () => {
  rig = await PowerRig.start(async (url) => {
    clock = await movableClock(url);
  });
  [claims, renewals] = [[], 0];
  vi.spyOn(rig.database, 'statement').mockImplementation(async (name, sql) => {
    const answer = await Database.prototype.statement.call(rig.database, name, sql);
    if (name === 'claim_power_command') {
      claims.push(judgesOverdue(sql));
    }
    renewals += name === 'renew_power_commands' ? 1 : 0;
    return answer;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rig.close();
});

/** A cycle that its worker holds while its node does not go off. */
async function stuckCycle(worker: PowerWorker): Promise<EnrolledBmc> {
  const enrolled = await rig.enrol({ power: 'on' });
  enrolled.bmc.behave({ stuck: true });
  await rig.order(enrolled.node, 'cycle', 'cycle', { worker, deadlineMs });
  await waitFor(() => enrolled.bmc.requests.includes('off'), {
    timeoutMs: 20_000,
    what: 'the cycle to be under way',
  });
  return enrolled;
}

/** Its node goes off at last. */
function comeLoose({ bmc }: EnrolledBmc): void {
  bmc.behave({});
  bmc.power = 'off';
}

const nextJudgement = async (): Promise<void> => {
  claims = [];
  await waitFor(() => claims.includes(true), { timeoutMs: 30_000, what: 'a judging look' });
};

test('a command is not taken from a holder that renews its lease', async () => {
  const holder = rig.worker({ concurrency: 1, timing: { confirmMs, leaseMs: 60_000 } });
  const stuck = await stuckCycle(holder);
  rig.worker({ sweepMs: 10, timing: { leaseMs: 3000, renewMs: 100 } });
  await nextJudgement();
  await clock.jump(hourMs);
  await nextJudgement();
  expect(await rig.row('cycle')).toMatchObject({ state: 'running', claim: 1 });
  comeLoose(stuck);
  expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 1 });
});

const giveADay = () =>
  rig.database.prisma.powerCommand.updateMany({
    data: { deadlineAt: new Date(Date.now() + 24 * hourMs) },
  });

test('nor is one whose deadline the clock has not reached by its jump', async () => {
  const holder = rig.worker({ concurrency: 1, timing: { confirmMs, leaseMs: 60_000 } });
  const stuck = await stuckCycle(holder);
  await giveADay();
  rig.worker({ sweepMs: 10, timing: { leaseMs: 3000, renewMs: 100 } });
  await nextJudgement();
  await clock.jump(hourMs);
  await nextJudgement();
  comeLoose(stuck);
  expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 1 });
});

test('a jump that the renewal of leases sees counts for the next look', async () => {
  const worker = rig.worker({ concurrency: 1, timing: { confirmMs, leaseMs: 6000, renewMs: 100 } });
  await nextJudgement();
  const stuck = await stuckCycle(worker);
  const { node } = await rig.enrol();
  await rig.order(node, 'queued', 'on', { deadlineMs });
  await clock.jump(hourMs);
  const before = renewals;
  await waitFor(() => renewals > before + 1, { timeoutMs: 20_000, what: 'a renewal' });
  claims = [];
  comeLoose(stuck);
  expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded' });
  await waitFor(() => claims.length > 0, { timeoutMs: 20_000, what: 'a look' });
  expect(claims[0]).toBe(false);
});

test('a command that is held has its time by the clock of its holder', async () => {
  const worker = rig.worker({ timing: { confirmMs, leaseMs: 60_000 } });
  const stuck = await stuckCycle(worker);
  await clock.jump(hourMs);
  comeLoose(stuck);
  expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 1 });
});

test('a process that starts after the jump takes nothing from a holder that renews its lease', async () => {
  const timing = { confirmMs, leaseMs: 60_000, renewMs: 2000 };
  const stuck = await stuckCycle(rig.worker({ concurrency: 1, timing }));
  await giveADay();
  await clock.jump(hourMs);
  rig.worker({ sweepMs: 10, timing: { leaseMs: 6000, renewMs: 100 } });
  await nextJudgement();
  comeLoose(stuck);
  expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 1 });
});

test('a command that waits for its turn has the time that the clock jumped over', async () => {
  const timing = { confirmMs, leaseMs: 3000, renewMs: 100 };
  const worker = rig.worker({ concurrency: 1, sweepMs: 10, timing });
  await nextJudgement();
  const stuck = await stuckCycle(worker);
  const { node } = await rig.enrol();
  await rig.order(node, 'queued', 'on', { deadlineMs });
  await clock.jump(hourMs);
  comeLoose(stuck);
  expect(await rig.ended('queued')).toMatchObject({ state: 'succeeded' });
});

test('when the clock goes back, a holder keeps its command, and what a killed process held is taken over', async () => {
  const timing = { confirmMs, leaseMs: 3000, renewMs: 100 };
  const stuck = await stuckCycle(rig.worker({ concurrency: 1, timing }));
  const { node } = await rig.enrol();
  await rig.order(node, 'killed', 'on', { deadlineMs });
  await rig.others.prisma.$executeRaw`
    UPDATE power_commands SET state = 'running', owner = 'killed', claim = 1, lease_until = clock_timestamp() + interval '1 minute'
     WHERE key = 'killed'`;
  rig.worker({ sweepMs: 10, timing });
  await nextJudgement();
  await clock.jump(-hourMs);
  expect(await rig.ended('killed')).toMatchObject({ state: 'succeeded', claim: 2 });
  expect(await rig.row('cycle')).toMatchObject({ state: 'running', claim: 1 });
  comeLoose(stuck);
  expect(await rig.ended('cycle')).toMatchObject({ state: 'succeeded', claim: 1 });
});
