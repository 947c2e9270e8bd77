// The CHECKs, triggers and partial unique indexes that Prisma does not know: each lets the good pass and stops the bad.
import { randomUUID } from 'node:crypto';
import { nodeStates } from '@metalcast/domain';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from './query.js';
import {
  aDeployment,
  aMac,
  anInstance,
  aNode,
  anOperation,
  aPowerCommand,
  insert,
  type Row,
} from './rows.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.close());

const into = (table: string, row: Row): Promise<Row> => insert(database.url, table, row);
const checks = (constraint: string): object => ({ code: '23514', constraint });
const duplicates = (constraint: string): object => ({ code: '23505', constraint });
const operation_id = randomUUID();

describe('nodes', () => {
  test('know every state of the state table, and no other', async () => {
    for (const state of nodeStates.states.filter((name) => name !== 'available')) {
      await into('nodes', aNode({ task_state: state, operation_id }));
    }
    await expect(
      into('nodes', aNode({ task_state: 'resting', operation_id })),
    ).rejects.toMatchObject(checks('nodes_task_state_known'));
    await expect(
      into('nodes', aNode({ task_state: 'available', operation_id })),
    ).rejects.toMatchObject(checks('nodes_task_state_known'));
  });

  test('need an operation exactly where the state table calls the state unstable', async () => {
    await into('nodes', aNode());
    for (const state of nodeStates.states.filter((name) => name !== 'available')) {
      const inserted = into('nodes', aNode({ task_state: state }));
      await (nodeStates.isStable(state)
        ? inserted
        : expect(inserted).rejects.toMatchObject(checks('nodes_unstable_has_operation')));
    }
  });

  test('have a BMC each, by its name and by every address', async () => {
    const bmc = (bmc_key: string, ...bmc_endpoints: string[]) => aNode({ bmc_key, bmc_endpoints });
    const gone = { deleted_at: new Date() };
    const { id } = await into('nodes', bmc('a:623', '10.0.0.1:623', '10.0.0.2:623'));
    await into('nodes', { ...bmc('a:623', '10.0.0.1:623'), ...gone });
    await into('nodes', aNode());
    await expect(into('nodes', bmc('a:623'))).rejects.toMatchObject(
      duplicates('nodes_one_per_bmc'),
    );
    const late = bmc('b:623', '10.0.0.2:623', '10.0.0.3:623');
    const shared = duplicates('nodes_one_per_bmc_endpoint');
    await expect(into('nodes', late)).rejects.toMatchObject(shared);
    const { id: revived } = await into('nodes', { ...late, ...gone });
    const revive = (): Promise<unknown> =>
      query(database.url, 'UPDATE nodes SET deleted_at = NULL WHERE id = $1', [revived]);
    await expect(revive()).rejects.toMatchObject(shared);
    await query(database.url, 'UPDATE nodes SET deleted_at = now() WHERE id = $1', [id]);
    await revive();
  });

  test('have names that differ in more than case', async () => {
    await into('nodes', aNode({ name: 'Same' }));
    await expect(into('nodes', aNode({ name: 'sAME' }))).rejects.toMatchObject(
      duplicates('nodes_one_per_name'),
    );
  });

  test('boot in a known mode', async () => {
    for (const mode of ['deploy', 'local', 'rescue', 'none']) {
      await into('nodes', aNode({ boot_mode: mode }));
    }
    await expect(into('nodes', aNode({ boot_mode: 'disk' }))).rejects.toMatchObject(
      checks('nodes_boot_mode_known'),
    );
  });

  test('carry one instance each', async () => {
    const instance_uuid = randomUUID();
    await into('nodes', aNode({ instance_uuid }));
    await expect(into('nodes', aNode({ instance_uuid }))).rejects.toMatchObject(
      duplicates('nodes_instance_uuid_key'),
    );
  });

  test('count their changes and remember the transaction of the last, whoever makes it', async () => {
    const node = await into('nodes', aNode());
    expect(node).toMatchObject({ version: 1, epoch: 0 });
    const [first] = await query(
      database.url,
      `UPDATE nodes SET failures = 1, version = 99, change_xid = '1', updated_at = '2000-01-01'
        WHERE id = $1 RETURNING version, change_xid = pg_current_xact_id() AS mine, updated_at > created_at AS later`,
      [node['id']],
    );
    expect(first).toEqual({ version: 2, mine: true, later: true });
    const [second] = await query(
      database.url,
      'UPDATE nodes SET failures = 4 WHERE id = $1 RETURNING version',
      [node['id']],
    );
    expect(second).toEqual({ version: 3 });
  });

  test('never go back to an older epoch', async () => {
    const { id } = await into('nodes', aNode({ epoch: 5 }));
    const setEpoch = (epoch: number) =>
      query(database.url, 'UPDATE nodes SET epoch = $2 WHERE id = $1 RETURNING epoch', [id, epoch]);
    expect(await setEpoch(5)).toEqual([{ epoch: 5 }]);
    expect(await setEpoch(6)).toEqual([{ epoch: 6 }]);
    await expect(setEpoch(5)).rejects.toMatchObject(checks('nodes_epoch_grows'));
  });
});

describe('MAC addresses', () => {
  const wrong = ['52:54:00:AA:BB:CC', '52-54-00-aa-bb-cc', '525400aabbcc', '52:54:00:aa:bb', ''];

  test('of interfaces are canonical and unique, and come back when their node is gone', async () => {
    const { id: node_id } = await into('nodes', aNode());
    const address = aMac();
    await into('interfaces', { node_id, address });
    await expect(into('interfaces', { node_id, address })).rejects.toMatchObject(
      duplicates('interfaces_address_key'),
    );
    for (const bad of wrong) {
      await expect(into('interfaces', { node_id, address: bad })).rejects.toMatchObject(
        checks('interfaces_address_canonical'),
      );
    }
    await query(database.url, 'DELETE FROM interfaces WHERE node_id = $1', [node_id]);
    await into('interfaces', { node_id, address });
  });

  test('of ports are canonical', async () => {
    const network_id = randomUUID();
    const port = { network_id, project_id: 'project' };
    await into('networks', { id: network_id, name: 'net', project_id: 'project' });
    await into('ports', { ...port, id: randomUUID(), mac_address: aMac() });
    for (const bad of wrong) {
      await expect(
        into('ports', { ...port, id: randomUUID(), mac_address: bad }),
      ).rejects.toMatchObject(checks('ports_mac_address_canonical'));
    }
  });
});

test('what is under way on an instance belongs to the state that it is in', async () => {
  await into('instances', anInstance({ vm_state: 'active', task_state: 'rebooting' }));
  await expect(
    into('instances', anInstance({ vm_state: 'deleted', task_state: 'rebooting' })),
  ).rejects.toMatchObject(checks('instances_task_state_known'));
});

test('instances rest in a known state', async () => {
  for (const vm_state of ['building', 'active', 'stopped', 'error', 'deleted']) {
    await into('instances', anInstance({ vm_state }));
  }
  await expect(into('instances', anInstance({ vm_state: 'ACTIVE' }))).rejects.toMatchObject({
    code: '23514',
  });
});

describe('operations', () => {
  test('have a known state, and a deadline until they end', async () => {
    for (const state of ['succeeded', 'failed', 'cancelled']) {
      await into('operations', anOperation({ state, deadline_at: null }));
    }
    for (const state of ['queued', 'running', 'waiting']) {
      await into('operations', anOperation({ state }));
      await expect(
        into('operations', anOperation({ state, deadline_at: null })),
      ).rejects.toMatchObject(checks('operations_live_has_deadline'));
    }
    await expect(into('operations', anOperation({ state: 'paused' }))).rejects.toMatchObject(
      checks('operations_state_known'),
    );
  });

  test('are live once per instance and once per node, queued once per instance', async () => {
    const { uuid: instance_uuid } = await into('instances', anInstance());
    const of = { instance_uuid, node_id: 700 };
    await into('operations', anOperation({ ...of, state: 'succeeded' }));
    await into('operations', anOperation({ ...of, state: 'failed' }));
    await into('operations', anOperation({ ...of, state: 'waiting' }));
    await expect(
      into('operations', anOperation({ instance_uuid, state: 'running' })),
    ).rejects.toMatchObject(duplicates('operations_one_live_per_instance'));
    await expect(
      into('operations', anOperation({ node_id: 700, state: 'running' })),
    ).rejects.toMatchObject(duplicates('operations_one_live_per_node'));
    await into('operations', anOperation({ ...of, state: 'queued' }));
    await expect(into('operations', anOperation({ ...of, state: 'queued' }))).rejects.toMatchObject(
      duplicates('operations_one_queued_per_instance'),
    );
  });
});

describe('power commands', () => {
  test('have a known state', async () => {
    await expect(into('power_commands', aPowerCommand({ state: 'done' }))).rejects.toMatchObject(
      checks('power_commands_state_known'),
    );
  });

  test('are inserted once per key', async () => {
    const command = aPowerCommand();
    await into('power_commands', command);
    await expect(into('power_commands', command)).rejects.toMatchObject(
      duplicates('power_commands_key_key'),
    );
  });

  test('run one at a time per BMC, and per node where there is no BMC', async () => {
    const running = (row: Row) =>
      into('power_commands', aPowerCommand({ state: 'running', ...row }));
    const address = '192.0.2.77';
    await into('power_commands', aPowerCommand({ node_id: 770, address }));
    await running({ node_id: 770, address });
    await expect(running({ node_id: 771, address })).rejects.toMatchObject(
      duplicates('power_commands_one_running_per_bmc'),
    );
    await running({ node_id: 772, address: '' });
    await running({ node_id: 773, address: '' });
    await expect(running({ node_id: 773, address: '' })).rejects.toMatchObject(
      duplicates('power_commands_one_running_per_node'),
    );
  });
});

describe('deployments', () => {
  test('have a known state, and a deadline while somebody must act', async () => {
    let epoch = 100;
    const deployment = (row: Row) =>
      into('deployments', aDeployment({ epoch: (epoch += 1), ...row }));
    for (const state of ['hello', 'verified', 'left', 'failed']) {
      await deployment({ state });
    }
    for (const state of ['queued', 'targeting', 'writing', 'verifying', 'restarting']) {
      await deployment({ state, deadline_at: new Date() });
      await expect(deployment({ state })).rejects.toMatchObject(
        checks('deployments_live_has_deadline'),
      );
    }
    await expect(deployment({ state: 'lost' })).rejects.toMatchObject(
      checks('deployments_state_known'),
    );
  });

  test('are one per node and epoch', async () => {
    await into('deployments', aDeployment({ node_id: 880 }));
    await expect(into('deployments', aDeployment({ node_id: 880 }))).rejects.toMatchObject(
      duplicates('deployments_node_id_epoch_key'),
    );
  });
});

test.each([
  ['instances', () => anInstance(), 'progress = 1'],
  ['operations', () => anOperation(), 'attempt = 2'],
  ['deployments', () => aDeployment({ node_id: 990 }), 'bytes_done = 1'],
])('%s tell when they were last changed', async (table, build, change) => {
  const { id, updated_at: before } = await into(table, build());
  const [after] = await query(
    database.url,
    `UPDATE ${table} SET ${change}, updated_at = '2000-01-01' WHERE id = $1 RETURNING updated_at`,
    [id],
  );
  expect((after?.['updated_at'] as Date).getTime()).toBeGreaterThanOrEqual(
    (before as Date).getTime(),
  );
});
