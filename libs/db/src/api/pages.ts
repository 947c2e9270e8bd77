import { Fault, isUuid } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';

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

/** A table whose rows are listed page by page. */
export interface ListedTable {
  readonly table: string;
  /** Of the SELECT: those that are shown. */
  readonly columns: Prisma.Sql;
  /** Last column of any order: each row has another. */
  readonly key: string;
  readonly keyType: KeyType;
  /** What names the row that a page ends with, where it is not the key. */
  readonly markerColumn?: { readonly column: string; readonly type: KeyType };
}

type KeyType = 'uuid' | 'int' | 'text';

export interface PageRequest {
  /** Rows that the caller may see; the marker is one of them. */
  readonly visible?: Prisma.Sql;
  /** Rows that the list is narrowed to. */
  readonly where?: Prisma.Sql;
  /** Columns before the key by which the list is sorted; none of them is ever null. */
  readonly sortedBy?: readonly string[];
  readonly descending?: boolean;
  /** Names the row after which the page begins; without it at the first. */
  readonly marker?: string | undefined;
  readonly take: number;
}

const all = Prisma.sql`true`;

/**
 * A page of the table's rows, filtered and sorted by the database: one statement, and one for the marker.
 * Fault BAD_REQUEST for a marker that is no row of the list: a list that went on from nowhere would look whole.
 */
export async function readPage<R extends object>(
  database: Database,
  listed: ListedTable,
  request: PageRequest,
): Promise<R[]> {
  const { visible = all, where = all, sortedBy = [], descending = false, marker, take } = request;
  const table = Prisma.raw(listed.table);
  const columns = [...sortedBy.filter((column) => column !== listed.key), listed.key];
  const place = Prisma.raw(columns.join(', '));
  const order = Prisma.raw(
    columns.map((one) => `${one} ${descending ? 'DESC' : 'ASC'}`).join(', '),
  );
  let after = all;
  if (marker !== undefined) {
    const marked = Prisma.sql`SELECT ${place} FROM ${table} WHERE ${isMarked(listed, marker)} AND ${visible}`;
    if ((await database.sql.$queryRaw<object[]>(marked)).length === 0) {
      throw markerMissing(marker);
    }
    after = Prisma.sql`(${place}) ${Prisma.raw(descending ? '<' : '>')} (${marked})`;
  }
  return database.sql.$queryRaw<R[]>(Prisma.sql`
    SELECT ${listed.columns} FROM ${table} WHERE ${visible} AND ${where} AND ${after} ORDER BY ${order} LIMIT ${take}`);
}

const keyForms: Readonly<Record<KeyType, (text: string) => boolean>> = {
  uuid: isUuid,
  int: (text) => /^\d{1,9}$/.test(text),
  text: () => true,
};

/** Fault BAD_REQUEST for what can name no row at all. */
function isMarked({ key, keyType, markerColumn }: ListedTable, marker: string): Prisma.Sql {
  const { column, type } = markerColumn ?? { column: key, type: keyType };
  if (!keyForms[type](marker)) {
    throw markerMissing(marker);
  }
  return Prisma.sql`${Prisma.raw(column)} = ${marker}::${Prisma.raw(type)}`;
}

export const markerMissing = (marker: string): Fault =>
  new Fault('BAD_REQUEST', { reason: `marker [${marker}] not found` });
