import { randomBytes, randomUUID } from 'node:crypto';
import { operationState, vmState } from '@metalcast/domain';
import { query } from './query.js';

export type Row = Record<string, unknown>;

/** Inserts the row as it is and returns it as the database completed it. */
export async function insert(url: string, table: string, row: Row): Promise<Row> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${String(index + 1)}`);
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')}) RETURNING *`;
  const [inserted] = await query(url, sql, Object.values(row));
  if (inserted === undefined) {
    throw new Error(`nothing was inserted into ${table}`);
  }
  return inserted;
}

let macs = randomBytes(3).readUIntBE(0, 3);

/** One that this process has not given yet: of a few thousand random ones two are soon the same. */
export function aMac(): string {
  macs = (macs + 1) % 2 ** 24;
  const tail = macs.toString(16).padStart(6, '0').match(/../g) ?? [];
  return ['52', '54', '00', ...tail].join(':');
}

export const aNode = (row: Row = {}): Row => ({
  uuid: randomUUID(),
  cpus: 2,
  memory_mb: 2048,
  local_gb: 10,
  ...row,
});

export const anInstance = (row: Row = {}): Row => ({
  uuid: randomUUID(),
  user_id: 'user',
  project_id: 'project',
  display_name: 'server',
  hostname: 'server',
  reservation_id: 'r-1',
  image_ref: randomUUID(),
  image: {},
  flavor: {},
  memory_mb: 2048,
  vcpus: 2,
  root_gb: 10,
  vm_state: vmState.building,
  ...row,
});

export const anOperation = (row: Row = {}): Row => ({
  id: randomUUID(),
  kind: 'build',
  step: 'schedule',
  state: operationState.running,
  deadline_at: new Date(),
  request_id: 'req-1',
  ...row,
});

export const aPowerCommand = (row: Row = {}): Row => ({
  key: randomUUID(),
  node_id: 1,
  epoch: 1,
  address: '192.0.2.1',
  target: 'on',
  deadline_at: new Date(),
  request_id: 'req-1',
  ...row,
});

export const aDeployment = (row: Row = {}): Row => ({
  node_id: 1,
  epoch: 1,
  boot_try: 1,
  nonce_hash: 'hash',
  ...row,
});
