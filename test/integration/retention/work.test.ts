// Operations, power commands, deployments and boots: what has ended goes, what something still rests on stays.
import { randomUUID } from 'node:crypto';
import { deploymentState, operationState, powerCommandState, vmState } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  aDeployment,
  anInstance,
  aNode,
  anOperation,
  aPowerCommand,
  type Row,
} from '../db/rows.js';
import { days, KeptRows } from './kept-rows.js';

let rows: KeptRows;
beforeEach(async () => {
  rows = await KeptRows.start();
});
afterEach(() => rows.close());

const ended = (at: Date, row: Row = {}): Row =>
  anOperation({
    state: operationState.succeeded,
    kind: 'reboot',
    deadline_at: null,
    created_at: at,
    finished_at: at,
    ...row,
  });

async function aServer(row: Row = {}): Promise<unknown> {
  const server = await rows.insert('instances', anInstance({ vm_state: vmState.active, ...row }));
  return server['uuid'];
}

async function nodeId(row: Row = {}): Promise<unknown> {
  return (await rows.insert('nodes', aNode(row)))['id'];
}

/** An operation that works on the node now. */
const openOn = (node_id: unknown): Promise<Row> =>
  rows.insert('operations', anOperation({ node_id, state: operationState.waiting }));

test('an operation that ended long ago goes with its steps; a younger one and one that has not ended stay', async () => {
  const instance_uuid = await aServer();
  const old = await rows.insert('operations', ended(days(31), { instance_uuid }));
  const young = await rows.insert('operations', ended(days(29), { instance_uuid }));
  const open = await rows.insert('operations', anOperation({ created_at: days(99) }));
  for (const operation_id of [old['id'], young['id'], open['id']]) {
    const step = { operation_id, step: 'schedule', attempt: 1, finished_at: new Date() };
    await rows.insert('operation_steps', step);
    await rows.insert('operation_steps', { ...step, attempt: 2 });
  }
  expect(await rows.sweep('operations')).toEqual({ operations: 1, operation_steps: 2, pages: 1 });
  expect(await rows.left('operations', 'id')).toEqual([young['id'], open['id']].sort());
  expect(await rows.left('operation_steps', 'count(*)::int')).toEqual([4]);
});

test('of a server that is there the last build stays, of a deleted one none', async () => {
  const [here, gone] = [await aServer(), await aServer({ deleted_at: days(40) })];
  const build = (instance_uuid: unknown, ago: number): Promise<Row> =>
    rows.insert('operations', ended(days(ago), { instance_uuid, kind: 'build' }));
  await build(here, 50);
  const last = await build(here, 45);
  await build(gone, 50);
  await rows.sweep('operations');
  expect(await rows.left('operations', 'id')).toEqual([last['id']]);
});

test('an operation that a node names stays, and one whose server has messages that wait', async () => {
  const named = await rows.insert('operations', ended(days(40)));
  await nodeId({ operation_id: named['id'] });
  const instance_uuid = await aServer();
  const told = await rows.insert('operations', ended(days(40), { instance_uuid }));
  await rows.insert('outbox', {
    ...{ aggregate: `compute:${String(instance_uuid)}`, ordinal: 1, kind: 'cast' },
    ...{ routing_key: 'compute', body: '{}' },
  });
  await rows.sweep('operations');
  expect(await rows.left('operations', 'id')).toEqual([named['id'], told['id']].sort());
});

test('a walk passes what must stay, page by page, and misses nothing behind it', async () => {
  // All at one moment: pages end among equals.
  const at = days(60);
  const stay: unknown[] = [];
  for (let count = 0; count < 40; count += 1) {
    const { id } = await rows.insert('operations', ended(at));
    await nodeId({ operation_id: id });
    stay.push(id);
    await rows.insert('operations', ended(at));
  }
  expect(await rows.sweep('operations')).toMatchObject({ operations: 40, pages: 4 });
  expect(await rows.left('operations', 'id')).toEqual(stay.sort());
});

test('what another has locked is passed over and waits for nobody', async () => {
  const locked = await rows.insert('operations', ended(days(40)));
  await rows.insert('operations', ended(days(40)));
  await rows.database.quickTransaction(async ({ sql }) => {
    await sql.$queryRaw`SELECT FROM operations WHERE id = ${locked['id']}::uuid FOR UPDATE`;
    expect(await rows.sweep('operations')).toMatchObject({ operations: 1 });
  });
  expect(await rows.left('operations', 'id')).toEqual([locked['id']]);
});

test('power commands go that ended long ago, whatever their epoch, but for those of an open operation', async () => {
  const node_id = await nodeId({ epoch: 3 });
  const command = (key: string, epoch: number, at: Date, row: Row = {}): Promise<Row> =>
    rows.insert(
      'power_commands',
      aPowerCommand({
        ...{ key, node_id, epoch, state: powerCommandState.succeeded },
        ...{ created_at: at, finished_at: at, ...row },
      }),
    );
  const open = await rows.insert('operations', anOperation({ state: operationState.waiting }));
  const over = await rows.insert('operations', ended(days(31)));
  const keyOf = ({ id }: Row): string => `${String(id)}/1/powerCycleToNetwork/1`;
  await command('old', 2, days(31));
  await command('failed', 2, days(31), { state: powerCommandState.failed });
  await command('young', 2, days(29));
  await command('rebooted', 3, days(31));
  await command(keyOf(over), 3, days(31));
  await command(keyOf(open), 3, days(99));
  await command('queued', 2, days(99), { state: powerCommandState.queued, finished_at: null });
  await command('of a node that is gone', 9, days(31), { node_id: 999 });
  expect(await rows.sweep('power_commands')).toEqual({ power_commands: 5, pages: 1 });
  expect(await rows.left('power_commands', 'key')).toEqual([keyOf(open), 'queued', 'young'].sort());
});

test('deployments go whose epoch is over; what later ones need of a node stays', async () => {
  const [server, wiped] = [randomUUID(), randomUUID()];
  const node_id = await nodeId({ epoch: 9, data_of: [server] });
  const deployment = (epoch: number, row: Row = {}): Promise<Row> =>
    rows.insert(
      'deployments',
      aDeployment({
        ...{ node_id, epoch, state: deploymentState.left },
        ...{ created_at: days(40), updated_at: days(40), ...row },
      }),
    );
  const uefi = { inventory: { firmware: 'uefi' } };
  await deployment(1, { ...uefi, verify_extents: '0:1', instance_uuid: wiped });
  await deployment(2, { instance_uuid: server });
  await deployment(3, { ...uefi });
  await deployment(4, { verify_extents: '0:2' });
  await deployment(5, { state: deploymentState.failed });
  await deployment(6, { state: deploymentState.queued, deadline_at: days(40) });
  await deployment(7, { created_at: days(29), updated_at: days(29) });
  await deployment(9);
  expect(await rows.sweep('deployments')).toEqual({ deployments: 2, pages: 1 });
  expect(await rows.left('deployments', 'epoch')).toEqual([2, 3, 4, 6, 7, 9]);
});

test('deployments and boots of a node that an operation works on stay, whatever their epoch; those of no node go', async () => {
  const node_id = await nodeId({ epoch: 9 });
  await openOn(node_id);
  const past = { state: deploymentState.left, created_at: days(40), updated_at: days(40) };
  for (const of of [node_id, 999]) {
    await rows.insert('deployments', aDeployment({ node_id: of, epoch: 1, ...past }));
    await rows.insert('boots', { node_id: of, epoch: 1, dhcp_at: days(40) });
  }
  await rows.sweep('deployments');
  await rows.sweep('boots');
  expect(await rows.left('deployments', 'node_id')).toEqual([node_id]);
  expect(await rows.left('boots', 'node_id')).toEqual([node_id]);
});

test('boots go whose epoch is over and whose last sign is old', async () => {
  const node_id = await nodeId({ epoch: 5 });
  await rows.insert('boots', { node_id, epoch: 1, prepared_at: days(60), phone_home_at: days(31) });
  await rows.insert('boots', { node_id, epoch: 2, prepared_at: days(60), phone_home_at: days(29) });
  await rows.insert('boots', { node_id, epoch: 3 });
  await rows.insert('boots', { node_id, epoch: 5, prepared_at: days(60) });
  expect(await rows.sweep('boots')).toEqual({ boots: 2, pages: 1 });
  expect(await rows.left('boots', 'epoch')).toEqual([2, 5]);
});
