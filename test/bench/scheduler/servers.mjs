// A database and a broker of the bench's own, as durable as in service; all removed at the end.
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { migrate } from '@metalcast/db/migrate';
import { createKeyFolder, keyEnvironment } from '@metalcast/keys';
import { dataRoot, Ledger, removeAll, startBroker, startDatabase } from '@metalcast/rig';
import pg from 'pg';
import { treeCpu } from '../process-cpu.mjs';
import { makeRows } from './nodes.mjs';
import { flavorOf } from './requests.mjs';

/** `work` gets the ledger, a migrated database with a connection to it, and when asked for a broker. */
export async function withServers({ broker = false }, work) {
  const ledger = Ledger.open(join(dataRoot(), `bench-${randomBytes(6).toString('hex')}`));
  ledger.recordPath(ledger.folder);
  const folderOf = (name) => join(ledger.folder, name);
  const place = (name) => ({ folder: folderOf(name), ledger, logFile: folderOf(`${name}.log`) });
  const cutOff = () => void removeAll(ledger).then(() => process.exit(1));
  process.once('SIGINT', cutOff);
  process.once('SIGTERM', cutOff);
  let sql;
  try {
    const [database, messages] = await Promise.all([
      startDatabase(place('database')),
      broker ? startBroker(place('broker')) : undefined,
    ]);
    await migrate(database.url);
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    return await work({ ledger, database, sql, broker: messages });
  } finally {
    await sql?.end();
    await removeAll(ledger);
    process.off('SIGINT', cutOff);
    process.off('SIGTERM', cutOff);
  }
}

/** How a service is told of keys that are made for it. */
export function makeKeys(service, ledger) {
  const folder = join(ledger.folder, 'keys');
  createKeyFolder(folder);
  return keyEnvironment(service, folder);
}

/** CPU seconds that PostgreSQL's processes have used so far. */
export const databaseCpu = (database) => treeCpu(database.pid());

/** Empties the tables and fills them anew: free nodes that differ, and builds that wait for one. */
export async function fill(sql, nodes, builds) {
  await sql.query(
    'TRUNCATE nodes, interfaces, instances, operations, operation_steps, streams, events, outbox RESTART IDENTITY CASCADE',
  );
  const rows = makeRows(nodes, 0).map((row) => ({
    ...row,
    maintenance: false,
    quarantined: false,
    failures: 0,
  }));
  await sql.query(
    `INSERT INTO nodes (uuid, name, service_host, cpus, memory_mb, local_gb, cpu_arch, capabilities, availability_zone,
                        traits, rack, power_feed, switch)
     SELECT uuid, name, service_host, cpus, memory_mb, local_gb, cpu_arch, capabilities, availability_zone,
            ARRAY(SELECT jsonb_array_elements_text(traits)), rack, power_feed, switch
       FROM jsonb_to_recordset($1) AS r (uuid uuid, name text, service_host text, cpus int, memory_mb int, local_gb int,
            cpu_arch text, capabilities jsonb, availability_zone text, traits jsonb, rack text, power_feed text, switch text)`,
    [JSON.stringify(rows)],
  );
  await sql.query(
    `INSERT INTO interfaces (node_id, address)
     SELECT id, '52:' || regexp_replace(lpad(to_hex(id), 10, '0'), '(..)(..)(..)(..)(..)', '\\1:\\2:\\3:\\4:\\5') FROM nodes`,
  );
  return insertBuilds(sql, builds);
}

async function insertBuilds(sql, builds) {
  const asked = Array.from({ length: builds }, () => ({
    operation: randomUUID(),
    instance: randomUUID(),
  }));
  // Every node is large enough.
  const flavor = { ...flavorOf(0), memory_mb: 4096, vcpus: 2, root_gb: 40 };
  const image = {
    id: randomUUID(),
    name: 'image',
    disk_format: 'raw',
    size: 1,
    virtual_size: 1,
    sha256: 'x',
    min_disk: 0,
    min_ram: 0,
    properties: {},
  };
  await sql.query(
    `INSERT INTO instances (uuid, user_id, project_id, display_name, hostname, reservation_id, image_ref, image, flavor,
                            memory_mb, vcpus, root_gb, vm_state, task_state)
     SELECT instance, 'u1', 'p1', 'server', 'server', 'r-1', $2::jsonb ->> 'id', $2::jsonb, $3::jsonb, 4096, 2, 40, 'building', 'scheduling'
       FROM jsonb_to_recordset($1) AS r (instance uuid)`,
    [JSON.stringify(asked), JSON.stringify(image), JSON.stringify(flavor)],
  );
  await sql.query(
    `INSERT INTO operations (id, kind, instance_uuid, step, state, awaiting, deadline_at, request_id)
     SELECT operation, 'build', instance, 'schedule', 'waiting', 'claim', clock_timestamp() + interval '1 hour', 'req-bench'
       FROM jsonb_to_recordset($1) AS r (operation uuid, instance uuid)`,
    [JSON.stringify(asked)],
  );
  await sql.query('ANALYZE');
  return asked;
}
