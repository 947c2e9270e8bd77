import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import type { Prisma } from '@metalcast/db';
import { readPage } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Paging } from '../../http/answers/paging.js';
import { filterOf, selected, sortingOf, type CollectionQuery } from './collection-query.js';
import type { NetworkList } from './network-lists.js';
import type { View } from './view.js';

export interface CollectionRequest<R> {
  readonly name: string;
  readonly query: CollectionQuery;
  readonly url: string;
  /** The condition for rows that the caller may see. */
  readonly visible: Prisma.Sql;
  readonly view: (row: R) => View;
}

/** Lists in Neutron's form. */
@Injectable()
export class Collections {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  /** Faults BAD_REQUEST: unknown filter, sort key or marker. */
  async answer<R extends { readonly id: string }>(
    { rows, attributes }: NetworkList,
    { name, query, url, visible, view }: CollectionRequest<R>,
  ): Promise<object | StreamableFile> {
    const where = filterOf(attributes, query);
    const sorting = sortingOf(attributes, query);
    const { fields, limit, marker } = query;
    return this.paging.answer<R>({
      name,
      query: { limit, marker },
      url,
      read: (take) =>
        readPage<R>(this.database, rows, { visible, where, ...sorting, marker, take }),
      view: (row) => selected(view(row), fields),
      keyOf: ({ id }) => id,
    });
  }
}
