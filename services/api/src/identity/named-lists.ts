import { Inject, Injectable } from '@nestjs/common';
import { Prisma } from '@metalcast/db';
import { readPage, type ListedTable } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { z } from 'zod';
import { Links } from '../http/answers/links.js';
import { Paging } from '../http/answers/paging.js';
import { queryBoolean } from '../http/requests/booleans.js';
import { unsortedPageQuery } from '../http/requests/page-query.js';
import { queryText } from '../http/requests/query-values.js';
import { isDefaultDomain } from './tokens/default-domain.js';
import { listView } from './identity.view.js';

/** Queries are stricter than Keystone's, which passes over a filter that it does not have, and answers too much. */
export const byName = { name: queryText.optional() };
export const byDomain = { domain_id: queryText.optional() };
export const byState = { enabled: queryBoolean.optional() };

export const namedListQuery = z.strictObject({
  ...byName,
  ...byDomain,
  ...byState,
  ...unsortedPageQuery,
});
export type NamedListQuery = z.output<typeof namedListQuery>;

export interface NamedList<R> {
  /** The table, which is also the key of the list in the answer. */
  readonly table: 'users' | 'projects';
  readonly columns: Prisma.Sql;
  readonly view: (row: R) => object;
}

/** Lists by name, in Keystone's form. */
@Injectable()
export class NamedLists {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Links) private readonly links: Links,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  /** Fault BAD_REQUEST: the marker is not an id of the list. */
  async answer<R extends { readonly id: string }>(
    { table, columns, view }: NamedList<R>,
    query: NamedListQuery,
    url: string,
  ): Promise<object> {
    const { marker } = query;
    const listed: ListedTable = { table, columns, key: 'id', keyType: 'text' };
    const where = conditionOf(query);
    const page = await this.paging.page<R>(query, {
      read: (take) => readPage(this.database, listed, { where, sortedBy: ['name'], marker, take }),
      keyOf: ({ id }) => id,
    });
    const next = page.next === undefined ? undefined : this.links.page(url, page.next);
    return listView(this.links, { [table]: page.rows.map(view) }, next);
  }
}

function conditionOf({ name, domain_id: domain, enabled }: NamedListQuery): Prisma.Sql {
  const conditions = [
    ...(name === undefined ? [] : [Prisma.sql`name = ${name}`]),
    // All are in the one domain.
    ...(domain === undefined ? [] : [Prisma.sql`${isDefaultDomain({ id: domain })}`]),
    ...(enabled === undefined ? [] : [Prisma.sql`enabled = ${enabled}`]),
  ];
  return Prisma.join([Prisma.sql`true`, ...conditions], ' AND ');
}
