import type { Database } from '../database/database.js';
import type { Prisma } from '../sql/prisma.js';

/** For which rows there is a time to keep them. */
export type Kept = 'events' | 'operations' | 'servers' | 'nodes' | 'services';

/**
 * Removes one kind of expired rows: a walk over the table, page by page, each page a short transaction.
 */
export interface RetentionRule {
  readonly name: string;
  /** Whose time to keep counts; null: what nothing needs any more goes at once. */
  readonly kept: Kept | null;
  /** Where a walk begins. */
  readonly start: string;
  /**
   * Removes what may go of the page behind `after`, and passes over rows that others have locked. One row comes back:
   * `next`, where the page after it begins (null: there is none), and by table how many rows were removed.
   */
  page(after: string, keepMs: number): Prisma.Sql;
}

export interface RemovedPage {
  readonly removed: Readonly<Record<string, number>>;
  /** Undefined: the walk is at its end. */
  readonly next: string | undefined;
}

/** One page of a walk: one statement, which is a transaction of its own. */
export async function removePage(
  database: Database,
  rule: RetentionRule,
  { after, keepMs }: { readonly after: string; readonly keepMs: number },
): Promise<RemovedPage> {
  const [row = {}] = await database.statement<Record<string, number | string | null>>(
    `remove_${rule.name}`,
    rule.page(after, keepMs),
  );
  const { next, ...removed } = row;
  return {
    removed: removed as Record<string, number>,
    next: typeof next === 'string' ? next : undefined,
  };
}
