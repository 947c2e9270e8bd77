/** Rows of one page: few enough that its views are made without holding up what else the process serves. */
export const rowsPerPage = 500;

/**
 * A list read page by page, each beginning after the last row of the one before: memory stays flat, others get their
 * turn in between, and no relation is joined by more ids than PostgreSQL takes in one statement (32,767).
 */
export async function* inPages<A, T extends A>(
  read: (after: A | undefined, take: number) => Promise<T[]>,
): AsyncGenerator<T[]> {
  let after: A | undefined;
  for (;;) {
    const rows = await read(after, rowsPerPage);
    if (rows.length > 0) {
      yield rows;
    }
    after = rows.at(-1);
    if (rows.length < rowsPerPage) {
      return;
    }
  }
}

/** The whole list, read in pages; for lists that are kept small by those who make them. */
export async function allRows<A, T extends A>(
  read: (after: A | undefined, take: number) => Promise<T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for await (const rows of inPages(read)) {
    all.push(...rows);
  }
  return all;
}
