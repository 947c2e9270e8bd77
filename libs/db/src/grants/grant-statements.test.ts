import { expect, test } from 'vitest';
import { grantStatements } from './grant-statements.js';

const tables = new Map([
  ['nodes', { columns: ['id', 'name', 'pm_secret'], sequences: ['nodes_id_seq'] }],
]);
const granted = (table: Parameters<typeof grantStatements>[0]): string[] =>
  grantStatements(table, { schema: 'public', tables }).filter((text) =>
    /^GRANT .* "nodes/.test(text.replace('"public".', '')),
  );

test('rights are of the whole table, of some columns, or of all but some', () => {
  expect(
    granted({
      nodes: {
        api: { read: 'all', insert: 'all' },
        boot: { read: ['id', 'name'], lock: 'name' },
        power: { read: { allBut: ['name'] }, delete: true },
      },
    }),
  ).toEqual([
    'GRANT SELECT ON "public"."nodes" TO "metalcast_api"',
    'GRANT INSERT ON "public"."nodes" TO "metalcast_api"',
    'GRANT USAGE ON SEQUENCE "public"."nodes_id_seq" TO "metalcast_api"',
    'GRANT SELECT ("id", "pm_secret") ON "public"."nodes" TO "metalcast_power"',
    'GRANT DELETE ON "public"."nodes" TO "metalcast_power"',
    'GRANT SELECT ("id", "name") ON "public"."nodes" TO "metalcast_boot"',
    'GRANT UPDATE ("name") ON "public"."nodes" TO "metalcast_boot"',
  ]);
});

test('a table or column that is not there is left out: a release of before may be migrated to', () => {
  expect(granted({ gone: { api: { read: 'all' } }, nodes: { boot: { read: ['gone'] } } })).toEqual(
    [],
  );
});
