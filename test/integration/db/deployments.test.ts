// A deployment changes only as its decision stood: each guard alone, and what is announced commits with it.
import type { Outgoing } from '@metalcast/db';
import {
  changeDeployment,
  endLeftBehind,
  enterDeployment,
  lookForDeployments,
  readDeployment,
  readDeploymentSpecRows,
  readHello,
  renewDeployments,
  type DeploymentChange,
  type DeploymentOfNode,
  type HelloView,
  type LookOptions,
} from '@metalcast/db/deploy-helper';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { query } from './query.js';
import { RecordingCarrier } from './recording-carrier.js';
import { aNode, anInstance, insert, type Row } from './rows.js';

let server: TestDatabase;
let database: ModelDatabase;
let carrier: RecordingCarrier;
let node: Row;
let view: DeploymentOfNode;

const serverUuid = '00000000-0000-4000-8000-00000000000a';
const epoch = 3;
const key = () => ({ node: String(node['uuid']), epoch });

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({
    url: server.url,
    poolSize: 6,
    applicationName: 'deployments-test',
  });
  carrier = new RecordingCarrier();
  database.publishBy(carrier);
  node = await insert(server.url, 'nodes', aNode({ epoch, boot_mode: 'deploy' }));
  await insert(server.url, 'boots', { node_id: node['id'], epoch, boot_try: 1 });
  await aDeployment();
  view = (await readDeployment(database, key())) as DeploymentOfNode;
});
afterEach(async () => {
  await database.close();
  await server.close();
});

const aDeployment = (row: Row = {}): Promise<Row> =>
  insert(server.url, 'deployments', {
    ...{ node_id: node['id'], epoch, boot_try: 1, nonce_hash: 'n', state: 'targeting', attempt: 1 },
    ...{ target_attempt: 0, helper: 'h:1', disk_bytes: '9007199254740993' },
    ...{ deadline_at: new Date(Date.now() + 60_000), lease_until: new Date(Date.now() + 60_000) },
    inventory: { disks: [] },
    ...row,
  });

const tell = (out: Outgoing): void => {
  out.emit({ type: 'deploy.started', subject: String(node['uuid']), epoch, data: {} });
};
const events = async (): Promise<number> => (await query(server.url, 'SELECT FROM events')).length;
const rowNow = async () => (await readDeployment(database, key()))?.deployment;

test('what is set is set, times by the database, all else stays, and it is told', async () => {
  const change: DeploymentChange = {
    event: 'write',
    set: { bytesDone: 2n ** 60n, portal: 'p', helper: null },
    ...{ deadlineMs: 5000, leaseMs: null, isProgress: true, dataOf: [serverUuid] },
  };
  const changed = await changeDeployment(database, view, change, tell);
  expect(changed?.deployment).toEqual(await rowNow());
  expect(changed?.deployment).toMatchObject({
    ...{ state: 'writing', bytesDone: 2n ** 60n, portal: 'p', helper: null, leaseUntil: null },
    ...{ attempt: 1, diskBytes: 9007199254740993n, inventory: { disks: [] }, bootTry: 1 },
  });
  const { deadlineAt, progressAt } = changed?.deployment ?? {};
  expect(Number(deadlineAt) - Number(progressAt)).toBe(5000);
  expect(changed?.node.dataOf).toEqual([serverUuid]);
  expect((await readDeployment(database, key()))?.node.dataOf).toEqual([serverUuid]);
  expect([carrier.told, await events()]).toEqual([[[node['uuid']]], 1]);
});

describe('nothing is changed or told when it is another', () => {
  test.each([
    ['state', "UPDATE deployments SET state = 'writing'"],
    ['attempt', 'UPDATE deployments SET attempt = 2'],
    ['target', 'UPDATE deployments SET target_attempt = 1'],
    ['boot', 'UPDATE deployments SET boot_try = 2'],
    ['nonce', "UPDATE deployments SET nonce_hash = 'm'"],
    ['helper', "UPDATE deployments SET helper = 'h:2'"],
    ['no helper', 'UPDATE deployments SET helper = NULL'],
    ['epoch of its node', 'UPDATE nodes SET epoch = epoch + 1'],
    ['data on its disks', `UPDATE nodes SET data_of = '{${serverUuid}}'`],
  ])('%s', async (_, sql) => {
    await query(server.url, sql);
    const change = { event: 'fail', deadlineMs: null, dataOf: [] } as const;
    expect(await changeDeployment(database, view, change, tell)).toBeUndefined();
    expect((await rowNow())?.state).not.toBe('failed');
    expect([carrier.told, await events()]).toEqual([[], 0]);
  });

  test('what other writes leave to it: progress, and a lease that is renewed', async () => {
    await query(server.url, 'UPDATE deployments SET bytes_done = 5, lease_until = now()');
    expect(await changeDeployment(database, view, { event: 'write' })).toMatchObject({
      deployment: { state: 'writing', bytesDone: 5n },
    });
  });

  test('a time that somebody has moved', async () => {
    for (const onlyPast of ['deadline', { leaseOfMs: 60_000 }] as const) {
      const change = { event: 'fail', deadlineMs: null, onlyPast } as const;
      expect(await changeDeployment(database, view, change, tell)).toBeUndefined();
    }
    await query(server.url, "UPDATE deployments SET deadline_at = now() - interval '1 s'");
    await query(server.url, 'UPDATE nodes SET epoch = epoch + 1');
    const change = { event: 'fail', deadlineMs: null, onlyPast: 'deadline' } as const;
    expect(await changeDeployment(database, view, change)).toBeUndefined();
    expect(await changeDeployment(database, view, { ...change, anyEpoch: true })).toBeDefined();
  });
});

test('only an edge of the table moves it: what is over stays over', async () => {
  await query(server.url, "UPDATE deployments SET state = 'left'");
  const left = (await readDeployment(database, key())) as DeploymentOfNode;
  await expect(changeDeployment(database, left, { event: 'take' }, tell)).rejects.toThrow(
    'a deployment that is left cannot take',
  );
  expect([(await rowNow())?.state, await events()]).toEqual(['left', 0]);
});

describe('one look finds', () => {
  const look = (options: Partial<LookOptions> = {}) =>
    lookForDeployments(database, {
      ...{ orphans: true, leaseMs: 60_000, maxAttempts: 8, except: [], waiting: 5, overdue: 5 },
      ...options,
    });
  const found = async (options?: Partial<LookOptions>) => {
    const { waiting, overdue, isAnyUnfinished } = await look(options);
    return { waiting: waiting.length, overdue: overdue.length, isAnyUnfinished };
  };
  const past = "now() - interval '1 s'";

  test('that nothing is under way', async () => {
    await query(server.url, "UPDATE deployments SET state = 'verified', deadline_at = NULL");
    expect(await found()).toEqual({ waiting: 0, overdue: 0, isAnyUnfinished: false });
  });

  test('what is held by a live helper: nothing to do', async () => {
    expect(await found()).toEqual({ waiting: 0, overdue: 0, isAnyUnfinished: true });
  });

  test('what a dead helper has left, for those who may judge', async () => {
    await query(server.url, `UPDATE deployments SET lease_until = ${past}`);
    expect(await found()).toEqual({ waiting: 1, overdue: 0, isAnyUnfinished: true });
    expect((await look()).waiting[0]).toEqual(await readDeployment(database, key()));
    expect(await found({ orphans: false })).toMatchObject({ waiting: 0 });
    expect(await found({ maxAttempts: 1 })).toMatchObject({ waiting: 0 });
    expect(await found({ except: [view.deployment.id] })).toMatchObject({ waiting: 0 });
    expect(await found({ waiting: 0 })).toMatchObject({ waiting: 0, isAnyUnfinished: true });
    await query(server.url, 'UPDATE nodes SET epoch = epoch + 1');
    expect(await found()).toMatchObject({ waiting: 0 });
  });

  test('what is queued, and what is overdue, whatever epoch its node is in', async () => {
    await query(server.url, "UPDATE deployments SET state = 'queued', lease_until = NULL");
    expect(await found({ orphans: false })).toMatchObject({ waiting: 1, overdue: 0 });
    await query(server.url, `UPDATE deployments SET deadline_at = ${past}`);
    expect(await found()).toMatchObject({ waiting: 1, overdue: 1 });
    await query(server.url, 'UPDATE nodes SET epoch = epoch + 1');
    expect(await found()).toMatchObject({ waiting: 0, overdue: 1 });
    expect(await found({ overdue: 0 })).toMatchObject({ overdue: 0 });
  });
});

test.each(['queued', 'targeting', 'writing', 'verifying', 'restarting'])(
  'one that is %s is ended when its node is in another epoch, and no other',
  async (state) => {
    const options = {
      orphans: false,
      leaseMs: 60_000,
      maxAttempts: 8,
      except: [],
      waiting: 0,
      overdue: 0,
    };
    const isAnyLeftBehind = async () =>
      (await lookForDeployments(database, options)).isAnyLeftBehind;
    await query(server.url, `UPDATE deployments SET state = '${state}', helper = NULL`);
    expect([await isAnyLeftBehind(), await endLeftBehind(database)]).toEqual([false, []]);
    const other = await insert(server.url, 'nodes', aNode({ epoch }));
    await aDeployment({ node_id: other['id'], state });
    await query(server.url, 'UPDATE nodes SET epoch = epoch + 1 WHERE uuid = $1', [key().node]);
    expect(await isAnyLeftBehind()).toBe(true);
    expect(await endLeftBehind(database)).toEqual([key()]);
    const fault = { code: 'CANCELLED', phase: state };
    expect(await rowNow()).toMatchObject({ state: 'failed', fault, helper: null });
    expect((await rowNow())?.deadlineAt).toBeNull();
    const present = await readDeployment(database, { ...key(), node: String(other['uuid']) });
    expect(present?.deployment.state).toBe(state);
    expect([await isAnyLeftBehind(), await endLeftBehind(database)]).toEqual([false, []]);
  },
);

test('of many who decide at once by the same row one wins', async () => {
  const take = (helper: string) =>
    changeDeployment(database, view, { set: { attempt: 2, helper } }, tell);
  const taken = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(take));
  const winners = taken.filter((one) => one !== undefined);
  expect(winners).toHaveLength(1);
  expect((await rowNow())?.helper).toBe(winners[0]?.deployment.helper);
  expect(await events()).toBe(1);
});

test('one renewal for all: what is lost is neither renewed nor told', async () => {
  const lost = await insert(server.url, 'nodes', aNode({ epoch }));
  const other = await aDeployment({ node_id: lost['id'], attempt: 2 });
  const claim = { helper: 'h:1', attempt: 1 };
  const progress = { bytes: { done: 7n, total: 9n }, deadlineMs: 1000 };
  const held = [
    { ...claim, id: view.deployment.id, node: String(node['uuid']), progress },
    { ...claim, id: BigInt(String(other['id'])), node: String(lost['uuid']), progress },
  ];
  const subjects = [String(node['uuid']), String(lost['uuid'])];
  const renewed = await renewDeployments(database, held, 1000, (out) => {
    for (const subject of subjects) {
      out.emit({ type: 'deploy.progress', subject, epoch, data: {} });
    }
  });
  expect(renewed).toEqual([{ id: view.deployment.id, targetAttempt: 0, total: 9n }]);
  expect(await rowNow()).toMatchObject({ bytesDone: 7n, total: 9n });
  expect((await rowNow())?.progressAt).toBeInstanceOf(Date);
  const told = await query(server.url, 'SELECT subject FROM events');
  expect(told).toEqual([{ subject: node['uuid'] }]);

  const [mine] = held;
  await query(server.url, 'UPDATE deployments SET progress_at = NULL');
  const { deadlineAt } = (await rowNow()) ?? {};
  const sign = { ...claim, id: view.deployment.id, node: String(mine?.node) };
  await renewDeployments(database, [sign], 1000, () => undefined);
  expect(await rowNow()).toMatchObject({ bytesDone: 7n, total: 9n, progressAt: null, deadlineAt });
  await query(server.url, 'UPDATE nodes SET epoch = epoch + 1');
  expect(await renewDeployments(database, [sign], 1000, () => undefined)).toEqual([]);
});

describe('a hello', () => {
  const set = {
    ...{ bootTry: 1, nonceHash: 'x', inventory: { cpus: 1 } },
    ...{ disk: 'vda', diskBytes: 5n, disks: 1, empties: '', biosDrive: null, probes: '' },
  };
  const seen = async (): Promise<HelloView> => (await readHello(database, key())) as HelloView;

  test('of many at once one makes the deployment', async () => {
    await query(server.url, 'DELETE FROM deployments');
    const before = await seen();
    expect(before).toMatchObject({ before: undefined, ports: [], lastExtents: '' });
    const greet = (nonceHash: string) =>
      enterDeployment(database, before, { set: { ...set, nonceHash } }, tell);
    const entered = await Promise.all(['a', 'b', 'c', 'd'].map(greet));
    expect(entered.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await rowNow()).toMatchObject({ state: 'hello', disk: 'vda', diskBytes: 5n });
    expect(await events()).toBe(1);
  });

  test('of the next boot takes the deployment from its helper', async () => {
    const before = await seen();
    expect(before.before).toEqual(await rowNow());
    const again = { ...set, bootTry: 2, attempt: 2, helper: null };
    const change = { event: 'again', set: again, deadlineMs: 1 } as const;
    const entered = await enterDeployment(database, before, change, tell);
    expect(entered?.deployment).toEqual(await rowNow());
    expect(entered?.deployment).toMatchObject({
      ...{ state: 'queued', attempt: 2, helper: null, leaseUntil: null, bootTry: 2 },
    });
  });

  test.each([
    ['another boot was served', 'UPDATE boots SET boot_try = boot_try + 1'],
    ['another token', "UPDATE boots SET token_hash = 'other'"],
    ['no boot is wanted', "UPDATE nodes SET boot_mode = 'none'"],
    ['the epoch has ended', 'UPDATE nodes SET epoch = epoch + 1'],
    ['another hello', "UPDATE deployments SET nonce_hash = 'other'"],
    ['it went on', "UPDATE deployments SET state = 'writing'"],
  ])('changes nothing once %s', async (_, sql) => {
    const before = await seen();
    await query(server.url, sql);
    const change = { set: { ...set, disk: 'changed' } };
    expect(await enterDeployment(database, before, change, tell)).toBeUndefined();
    expect((await rowNow())?.disk).toBeNull();
    expect(await events()).toBe(0);
  });
});

test('the server of a node is that of a deployment only while the node is in its epoch', async () => {
  const { uuid } = await insert(server.url, 'instances', anInstance());
  await query(server.url, `UPDATE nodes SET instance_uuid = '${String(uuid)}'`);
  expect(await readDeploymentSpecRows(database, view.deployment)).toMatchObject({
    instance: { uuid },
    ports: [],
  });
  await query(server.url, 'UPDATE nodes SET epoch = epoch + 1');
  expect(await readDeploymentSpecRows(database, view.deployment)).toBeUndefined();
});
