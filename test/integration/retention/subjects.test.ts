// Servers, nodes and services that are gone, and what hangs on them.
import { randomUUID } from 'node:crypto';
import { beat } from '@metalcast/db';
import { deploymentState, operationState, powerCommandState, vmState } from '@metalcast/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  aDeployment,
  aMac,
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

const waiting = (aggregate: unknown): Promise<Row> =>
  rows.insert('outbox', {
    ...{ aggregate: `compute:${String(aggregate)}`, ordinal: 1, kind: 'cast' },
    ...{ routing_key: 'compute', body: '{}' },
  });

describe('servers', () => {
  const deleted = async (at: Date, row: Row = {}): Promise<unknown> => {
    const gone = { vm_state: vmState.deleted, deleted_at: at, ...row };
    return (await rows.insert('instances', anInstance(gone)))['uuid'];
  };
  const hidden = (at: Date): Row => ({ expired_at: at });

  test('one that was deleted long ago is hidden first, and goes a day later with its operations', async () => {
    const old = await deleted(days(91));
    const young = await deleted(days(89));
    const present = (await rows.insert('instances', anInstance()))['uuid'];
    const { id: operation_id } = await rows.insert(
      'operations',
      anOperation({
        ...{ instance_uuid: old, state: operationState.succeeded },
        ...{ deadline_at: null, finished_at: days(91) },
      }),
    );
    await rows.insert('operation_steps', { operation_id, step: 'schedule', attempt: 1 });

    expect(await rows.sweep('servers', 90)).toMatchObject({ instances: 0 });
    const shown = await rows.query('SELECT uuid FROM instances WHERE expired_at IS NULL');
    expect(new Set(shown.map(({ uuid }) => uuid))).toEqual(new Set([young, present]));
    expect(await rows.sweep('servers', 90)).toMatchObject({ instances: 0 });

    await rows.query("UPDATE instances SET expired_at = expired_at - interval '25 hours'");
    expect(await rows.sweep('servers', 90)).toEqual({
      ...{ instances: 1, operations: 1, operation_steps: 1, pages: 1 },
    });
    expect(new Set(await rows.left('instances', 'uuid'))).toEqual(new Set([young, present]));
  });

  test('one that something still belongs to stays', async () => {
    const uuid = await deleted(days(91), hidden(days(3)));
    await rows.insert('nodes', aNode({ instance_uuid: uuid }));
    const plugged = await deleted(days(91), hidden(days(3)));
    const { id: network_id } = await rows.insert('networks', {
      ...{ id: randomUUID(), name: 'net', project_id: 'p' },
    });
    await rows.insert('ports', {
      ...{ id: randomUUID(), network_id, project_id: 'p', mac_address: aMac() },
      device_id: plugged,
    });
    const working = await deleted(days(91), hidden(days(3)));
    await rows.insert('operations', anOperation({ instance_uuid: working }));
    const told = await deleted(days(91), hidden(days(3)));
    await waiting(told);
    const notified = await deleted(days(91), hidden(days(3)));
    await waiting(`notifications:${String(notified)}`);
    const free = await deleted(days(91), hidden(days(3)));
    await rows.sweep('servers', 90);
    const left = await rows.left('instances', 'uuid');
    expect(left).toEqual([uuid, plugged, working, told, notified].sort());
    expect(left).not.toContain(free);
  });

  test('a row of an operation keeps its server from going by any other way', async () => {
    const uuid = await deleted(days(91));
    await rows.insert('operations', anOperation({ instance_uuid: uuid }));
    await expect(rows.query('DELETE FROM instances')).rejects.toMatchObject({ code: '23503' });
  });
});

describe('nodes', () => {
  const deleted = (at: Date, row: Row = {}): Promise<Row> =>
    rows.insert('nodes', aNode({ deleted_at: at, epoch: 5, ...row }));

  test('one that was deleted long ago goes with what was done to it', async () => {
    const { id: node_id } = await deleted(days(91));
    const { id: young } = await deleted(days(89));
    const { id: present } = await rows.insert('nodes', aNode());
    await rows.insert('node_power', { node_id });
    await rows.insert(
      'power_commands',
      aPowerCommand({ node_id, state: powerCommandState.failed, finished_at: days(91) }),
    );
    await rows.insert('deployments', aDeployment({ node_id, state: deploymentState.left }));
    await rows.insert('boots', { node_id, epoch: 1 });
    await rows.insert('boots', { node_id: present, epoch: 1 });
    expect(await rows.sweep('nodes', 90)).toEqual({
      ...{ nodes: 1, power_commands: 1, deployments: 1, boots: 1, pages: 1 },
    });
    expect(await rows.left('nodes', 'id')).toEqual([young, present]);
    expect(await rows.left('node_power', 'node_id')).toEqual([]);
    expect(await rows.left('boots', 'node_id')).toEqual([present]);
  });

  test.each<[string, (id: unknown, uuid: unknown) => Promise<unknown>]>([
    [
      'whose disks hold data of servers',
      (id) => rows.query('UPDATE nodes SET data_of = ARRAY[gen_random_uuid()] WHERE id = $1', [id]),
    ],
    [
      'which an operation works on',
      (id) => rows.insert('operations', anOperation({ node_id: id })),
    ],
    ['with a power command that has not ended', (id) => openCommand(id)],
    ['with messages that wait', (_, uuid) => waiting(uuid)],
    ['for which an address is reserved', (id) => reserved(id)],
  ])('one %s stays', async (_, need) => {
    const { id, uuid } = await deleted(days(91));
    await need(id, uuid);
    await rows.sweep('nodes', 90);
    expect(await rows.left('nodes', 'id')).toEqual([id]);
  });

  const openCommand = (node_id: unknown): Promise<Row> =>
    rows.insert('power_commands', aPowerCommand({ node_id }));
  const reserved = async (id: unknown): Promise<Row> => {
    const { id: network_id } = await rows.insert('networks', {
      ...{ id: randomUUID(), name: 'net', project_id: 'p' },
    });
    return rows.insert('ports', {
      ...{ id: randomUUID(), network_id, project_id: 'p', mac_address: aMac() },
      reserved_for: id,
    });
  };
});

describe('services', () => {
  const service = (host: string, ago: number, row: Row = {}): Promise<Row> =>
    rows.insert('services', {
      ...{ host, '"binary"': 'nova-compute', version: '1.0', last_seen: days(ago), ...row },
    });

  test('one not heard of for long is hidden, and goes a day later', async () => {
    await service('old', 8);
    await service('young', 6);
    await rows.sweep('services', 7);
    expect(
      await rows.query('SELECT host FROM services WHERE expired_at IS NULL ORDER BY host'),
    ).toEqual([{ host: 'young' }]);
    await rows.sweep('services', 7);
    expect(await rows.left('services', 'host')).toEqual(['old', 'young']);
    await rows.query("UPDATE services SET expired_at = expired_at - interval '25 hours'");
    expect(await rows.sweep('services', 7)).toEqual({ services: 1, pages: 1 });
    expect(await rows.left('services', 'host')).toEqual(['young']);
  });

  test('one that comes back is shown again', async () => {
    await service('other', 1);
    await service('back', 8, { expired_at: days(3) });
    const heart = { host: 'back', binary: 'nova-compute', topic: null, version: '1', details: {} };
    await beat(rows.database, heart, true);
    await rows.sweep('services', 7);
    expect(
      await rows.query('SELECT host FROM services WHERE expired_at IS NULL ORDER BY host'),
    ).toEqual([{ host: 'back' }, { host: 'other' }]);
  });

  test('one stays that is disabled, the last of its kind, or whose host has something', async () => {
    const row = { expired_at: days(3) };
    await service('young', 1);
    await service('disabled', 8, { ...row, disabled: true });
    await service('last', 8, { ...row, '"binary"': 'metalcast-power' });
    await service('with server', 8, row);
    await rows.insert('instances', anInstance({ host: 'with server' }));
    await service('with node', 8, row);
    await rows.insert('nodes', aNode({ service_host: 'with node' }));
    await service('member', 8, row);
    const { id: aggregate_id } = await rows.insert('aggregates', {
      ...{ uuid: randomUUID(), name: 'rack' },
    });
    await rows.insert('aggregate_hosts', { aggregate_id, host: 'member' });
    await service('gone', 8, row);
    await rows.insert('instances', anInstance({ host: 'gone', deleted_at: days(1) }));
    await rows.sweep('services', 7);
    expect(await rows.left('services', 'host')).toEqual([
      ...['disabled', 'last', 'member', 'with node', 'with server', 'young'],
    ]);
  });
});
