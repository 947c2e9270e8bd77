import { Database } from '@metalcast/db';
import { removePage, retentionRules } from '@metalcast/db/retention';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { query } from '../db/query.js';
import { insert, type Row } from '../db/rows.js';

export const dayMs = 86_400_000;

/** So long ago. */
export const days = (count: number): Date => new Date(Date.now() - count * dayMs);

/** A database of one test, and what a walk over one of its tables leaves. */
export class KeptRows {
  private constructor(
    private readonly test: TestDatabase,
    readonly database: Database,
  ) {}

  static async start(): Promise<KeptRows> {
    const test = await startDatabase();
    // As compute has it: its statements are planned for any value.
    const options = {
      url: test.urlOf('compute'),
      poolSize: 2,
      applicationName: 'test',
      planOnce: true,
    };
    return new KeptRows(test, new Database(options));
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.test.close();
  }

  get url(): string {
    return this.test.url;
  }

  insert(table: string, row: Row): Promise<Row> {
    return insert(this.url, table, row);
  }

  query(sql: string, values: unknown[] = []): Promise<Row[]> {
    return query(this.url, sql, values);
  }

  /** Values of the column that are left in the table, in their order. */
  async left(table: string, column: string): Promise<unknown[]> {
    const rows = await this.query(`SELECT ${column} AS value FROM ${table} ORDER BY 1`);
    return rows.map(({ value }) => value);
  }

  /** Walks over the rule's table once, to its end; how many rows of each table were removed, and in how many pages. */
  async sweep(name: string, keptDays = 30): Promise<Row> {
    const rule = retentionRules.find((each) => each.name === name);
    if (rule === undefined) {
      throw new Error(`there is no rule ${name}`);
    }
    const total: Record<string, number> = {};
    let pages = 0;
    for (let after: string | undefined = rule.start; after !== undefined; pages += 1) {
      const page = await removePage(this.database, rule, { after, keepMs: keptDays * dayMs });
      for (const [table, rows] of Object.entries(page.removed)) {
        total[table] = (total[table] ?? 0) + rows;
      }
      after = page.next;
    }
    return { ...total, pages };
  }
}
