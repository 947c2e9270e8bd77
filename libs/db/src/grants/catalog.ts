import type pg from 'pg';

/** What a database has of a table. */
export interface TableCatalog {
  readonly columns: readonly string[];
  /** That number its rows. */
  readonly sequences: readonly string[];
}

/** The tables of the schema in use, by their names. */
export async function readCatalog(client: pg.Client): Promise<ReadonlyMap<string, TableCatalog>> {
  const { rows } = await client.query<TableCatalog & { name: string }>(
    `SELECT t.relname AS name,
            (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
            ARRAY(SELECT s.relname::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                   WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype IN ('a', 'i')
                   ORDER BY s.relname) AS sequences
       FROM pg_class t WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'`,
  );
  return new Map(rows.map(({ name, columns, sequences }) => [name, { columns, sequences }]));
}
