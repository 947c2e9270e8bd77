/** Columns of a table: all, all but some, or some. */
export type Columns = 'all' | { readonly allBut: readonly string[] } | readonly string[];

/** What a service may do with a table. */
export interface Rights {
  readonly read?: Columns;
  readonly insert?: Columns;
  readonly update?: Columns;
  readonly delete?: true;
  /**
   * PostgreSQL lets nobody lock rows who may not update any column of them. This is the one that matters least; a
   * trigger sets it again, where there is one.
   */
  readonly lock?: string;
}

export const verbs = ['read', 'insert', 'update', 'delete'] as const;
export type Verb = (typeof verbs)[number];

/** PostgreSQL's words for them. */
export const privilegeOf = {
  read: 'SELECT',
  insert: 'INSERT',
  update: 'UPDATE',
  delete: 'DELETE',
} as const satisfies Record<Verb, string>;

/** What a service may update, that by which it locks included. */
export function updatable({ update, lock }: Rights): Columns | undefined {
  return lock === undefined ? update : [lock];
}

/** Those of a table's columns. */
export function columnsOf(columns: Columns, all: readonly string[]): readonly string[] {
  if (columns === 'all') {
    return all;
  }
  return 'allBut' in columns
    ? all.filter((name) => !columns.allBut.includes(name))
    : all.filter((name) => columns.includes(name));
}
