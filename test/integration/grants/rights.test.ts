// What the database lets each service do is what the table says, no more and no less.
import {
  columnsOf,
  grants,
  updatable,
  type Columns,
  type Rights,
  type TableRights,
} from '@metalcast/db/grants';
import { serviceNames, messagesOfService, type ServiceName } from '@metalcast/domain';
import { migrate } from '@metalcast/db/migrate';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../db/query.js';
import { AsService } from './as-service.js';

const writes = ['insert', 'update', 'delete'] as const;

let database: TestDatabase;
/** Of the schema as it is, by table. */
let schema: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  database = await startDatabase();
  schema = await readSchema();
});
afterAll(() => database.close());

async function readSchema(): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await query(
    database.url,
    `SELECT table_name AS name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
       FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name`,
  );
  return new Map(rows.map(({ name, columns }) => [String(name), columns as string[]]));
}

const rightsOf = (service: ServiceName, table: string): Rights =>
  (grants as Record<string, TableRights>)[table]?.[service] ?? {};

/** A statement that changes nothing: who may do a thing is asked before what there is to do. */
function harmless(write: (typeof writes)[number], table: string): string {
  const [first = ''] = schema.get(table) ?? [];
  switch (write) {
    case 'insert':
      return `EXPLAIN INSERT INTO ${table} DEFAULT VALUES`;
    case 'update':
      return `UPDATE ${table} SET "${first}" = NULL WHERE false`;
    case 'delete':
      return `DELETE FROM ${table} WHERE false`;
  }
}

test('every table of the schema is named, and every column that is named exists', () => {
  const tables = [...schema.keys()].filter((name) => name !== '_prisma_migrations');
  expect(Object.keys(grants).sort()).toEqual(tables.sort());
  const namesIn = (columns: Columns | undefined): readonly string[] => {
    if (columns === undefined || columns === 'all') {
      return [];
    }
    return 'allBut' in columns ? columns.allBut : columns;
  };
  for (const [table, rights] of Object.entries(grants as Record<string, TableRights>)) {
    for (const right of Object.values(rights)) {
      const named = [right.read, right.insert, updatable(right)].flatMap(namesIn);
      expect(schema.get(table)).toEqual(expect.arrayContaining([...named]));
    }
  }
});

describe.each(serviceNames)('%s', (service) => {
  let login: AsService;
  beforeAll(async () => {
    login = await AsService.at(database.urlOf(service));
  });
  afterAll(() => login.close());

  test('is refused every write that the table does not give it, of any table', async () => {
    const outcomes: string[] = [];
    for (const table of schema.keys()) {
      for (const write of writes) {
        const rights = rightsOf(service, table);
        if ((write === 'update' ? updatable(rights) : rights[write]) === undefined) {
          const refused = await login.isRefused(harmless(write, table));
          outcomes.push(...(refused ? [] : [`${write} ${table}`]));
        }
      }
    }
    expect(outcomes).toEqual([]);
  });

  test('has the columns that the table gives it, and no other', async () => {
    const seen = await query(
      database.urlOf(service),
      `SELECT table_name AS "table", column_name AS "column",
              has_column_privilege(format('%I', table_name), column_name::text, 'SELECT') AS read,
              has_column_privilege(format('%I', table_name), column_name::text, 'INSERT') AS insert,
              has_column_privilege(format('%I', table_name), column_name::text, 'UPDATE') AS update
         FROM unnest($1::text[], $2::text[]) AS c (table_name, column_name)`,
      [
        [...schema].flatMap(([table, columns]) => columns.map(() => table)),
        [...schema.values()].flat(),
      ],
    );
    const has = (columns: Columns | undefined, table: string, column: unknown): boolean =>
      columns !== undefined && columnsOf(columns, schema.get(table) ?? []).includes(String(column));
    const wanted = seen.map(({ table, column }) => {
      const name = String(table);
      const rights = rightsOf(service, name);
      return {
        ...{ table, column },
        read: has(rights.read, name, column),
        insert: has(rights.insert, name, column),
        update: has(updatable(rights), name, column),
      };
    });
    expect(seen).toEqual(wanted);
  });

  test('can number the rows that it inserts', async () => {
    for (const table of schema.keys()) {
      if (rightsOf(service, table).insert !== undefined) {
        const [{ refused } = {}] = await query(
          database.urlOf(service),
          `SELECT count(*)::int AS refused FROM information_schema.columns
            WHERE table_name = $1 AND pg_get_serial_sequence($1, column_name) IS NOT NULL
              AND NOT has_sequence_privilege(pg_get_serial_sequence($1, column_name), 'USAGE')`,
          [table],
        );
        expect({ table, refused }).toEqual({ table, refused: 0 });
      }
    }
  });
});

test.each<[ServiceName, string]>([
  ['power', "UPDATE instances SET vm_state = 'active'"],
  ['power', 'SELECT admin_pass FROM instances'],
  ['deploy-helper', 'SELECT pm_secret FROM nodes'],
  ['deploy-helper', 'SELECT pm_user FROM nodes'],
  ['deploy-helper', 'SELECT password_hash FROM users'],
  ['deploy-helper', 'UPDATE nodes SET epoch = epoch + 1'],
  ['deploy-helper', 'INSERT INTO power_commands (key) VALUES (NULL)'],
  ['boot', 'INSERT INTO power_commands (key) VALUES (NULL)'],
  ['boot', 'UPDATE power_commands SET target = NULL'],
  ['boot', 'SELECT user_data FROM instances'],
  ['boot', 'SELECT pm_secret FROM nodes'],
  ['boot', 'UPDATE deployments SET state = NULL'],
  ['api', 'INSERT INTO node_power (node_id) VALUES (1)'],
  ['api', 'UPDATE node_power SET power_state = 1'],
  ['api', "UPDATE nodes SET task_state = 'active'"],
  ['scheduler', "UPDATE deployments SET state = 'failed'"],
  ['scheduler', 'SELECT pm_secret FROM nodes'],
  ['scheduler', 'SELECT password_hash FROM users'],
  ['compute', 'SELECT password_hash FROM users'],
  ['compute', 'SELECT pm_secret FROM nodes'],
  ['compute', 'SELECT admin_pass FROM instances'],
  ['compute', 'UPDATE instances SET admin_pass = user_data'],
  ['compute', "UPDATE nodes SET pm_address = '192.0.2.1'"],
  ['compute', "UPDATE nodes SET name = 'other'"],
  ['compute', 'UPDATE power_commands SET state = NULL'],
  ['compute', 'CREATE TABLE mine (id int)'],
])('%s may not: %s', async (service, statement) => {
  const login = await AsService.at(database.urlOf(service));
  expect(await login.isRefused(statement)).toBe(true);
  await login.close();
});

/** A message, in the stream of `kind` about somebody. */
const told = (kind: string, routingKey: string, stream: string): string =>
  `INSERT INTO outbox (aggregate, ordinal, kind, routing_key, body)
   VALUES ('${stream}', 1, '${kind}', '${routingKey}', '{}')`;
const somebody = 'cf3c1f2e-0b1e-4c8e-9d54-3f2a4f2f5d10';

test.each<[ServiceName, string, boolean]>([
  ['compute', told('cast', 'power', `power:${somebody}`), true],
  ['compute', told('cast', 'deploy_helper.host1', `deploy_helper:${somebody}`), true],
  ['compute', told('notification', 'notifications.info', `notifications:${somebody}`), true],
  ['deploy-helper', told('cast', 'power', `power:${somebody}`), false],
  // In a stream that it may have to itself, or under another kind.
  ['deploy-helper', told('cast', 'power', somebody), false],
  ['deploy-helper', told('cast', 'power', `deploy_helper:${somebody}`), false],
  ['deploy-helper', told('event', 'power', `power:${somebody}`), false],
  // Where only who is no service writes, and in another's, who would publish it.
  ['deploy-helper', told('event', 'deploy.progress', somebody), false],
  ['deploy-helper', told('event', 'deploy.progress', `compute.events:${somebody}`), false],
  ['deploy-helper', told('cast', 'deploy_helper', `deploy-helper.events:${somebody}`), false],
  ['boot', told('cast', 'power', `power:${somebody}`), false],
  ['boot', told('notification', 'notifications.info', `notifications:${somebody}`), false],
  ['power', told('cast', 'compute', `compute:${somebody}`), false],
  ['scheduler', told('cast', 'power', `power:${somebody}`), false],
])('what %s may leave to be published: %s (%s)', async (service, statement, isAllowed) => {
  const login = await AsService.at(database.urlOf(service));
  expect(await login.isRefused(statement)).toBe(!isAllowed);
  await login.close();
});

/** As a service writes an event: to be published, and for who reads it later. */
const toldOf = (service: ServiceName, type: string): readonly string[] => [
  told('event', type, `${service}.events:${somebody}`),
  `INSERT INTO events (id, type, subject, n, data)
   VALUES (gen_random_uuid(), '${type}', '${somebody}', (SELECT count(*) + 1 FROM events), '{}')`,
];

test.each(serviceNames)("%s may leave its own events, and nobody else's", async (service) => {
  const own = messagesOfService(service).publishes;
  const all = new Set(serviceNames.flatMap((each) => messagesOfService(each).publishes));
  const login = await AsService.at(database.urlOf(service));
  const owner = await AsService.at(database.url);
  for (const type of all) {
    for (const statement of toldOf(service, type)) {
      const refused = await login.isRefused(statement);
      expect({ statement, refused }).toEqual({ statement, refused: !own.includes(type) });
      expect(await owner.isRefused(statement)).toBe(false);
    }
  }
  await login.close();
  await owner.close();
});

test('a right that the table no longer gives is taken by the next sync', async () => {
  const login = await AsService.at(database.urlOf('boot'));
  const peek = 'SELECT password_hash FROM users';
  await query(database.url, 'GRANT SELECT ON users TO metalcast_boot');
  expect(await login.isRefused(peek)).toBe(false);
  expect(await migrate(database.url)).toEqual({ applied: [], grants: 'given' });
  expect(await login.isRefused(peek)).toBe(true);
  await login.close();
});

test('what a newer release has given stays', async () => {
  const columns =
    "(id, checksum, migration_name, finished_at) VALUES ('x', 'x', '99990101_newer', now())";
  await query(database.url, `INSERT INTO _prisma_migrations ${columns}`);
  await query(database.url, 'GRANT SELECT (name) ON users TO metalcast_boot');
  expect(await migrate(database.url)).toEqual({ applied: [], grants: 'kept' });
  const login = await AsService.at(database.urlOf('boot'));
  expect(await login.isRefused('SELECT name FROM users')).toBe(false);
  await login.close();
});
