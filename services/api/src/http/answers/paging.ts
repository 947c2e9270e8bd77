import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { inSlices, jsonList, sliceSize } from './json-list.js';
import { Links } from './links.js';
import type { PageQuery } from '../requests/page-query.js';

/** What a list is answered from. */
export interface ListAnswer<R> {
  /** Key of the list in the answer; its links stand beside it as `<name>_links`, as in Nova and Neutron. */
  readonly name: string;
  readonly query: PageQuery;
  /** The request's own path and query, for the link to the next page. */
  readonly url: string;
  /** At most `take` rows, those of the page first. */
  readonly read: (take: number) => Promise<readonly R[]>;
  readonly view: (row: R) => object;
  /** What names a row in `marker`. */
  readonly keyOf: (row: R) => string | number;
}

/** Answers lists a page at a time: no list is longer than the option `max_listed`, whatever is asked for. */
@Injectable()
export class Paging {
  constructor(
    @Inject(Links) private readonly links: Links,
    @Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'maxListed'>,
  ) {}

  /** Whether the page is the last one is found out by reading a row more than it has. */
  async answer<R>(list: ListAnswer<R>): Promise<object | StreamableFile> {
    const { name, read, view, keyOf, url } = list;
    const { rows, isLast } = await this.page(list.query, read);
    const last = rows.at(-1);
    const links =
      isLast || last === undefined
        ? {}
        : { [`${name}_links`]: this.links.next(url, String(keyOf(last))) };
    return rows.length <= sliceSize
      ? { [name]: rows.map((row) => view(row)), ...links }
      : jsonList(name, inSlices(rows, view), links);
  }

  async page<R>(
    { limit = this.config.maxListed }: PageQuery,
    read: (take: number) => Promise<readonly R[]>,
  ): Promise<{ rows: readonly R[]; isLast: boolean }> {
    const size = Math.min(limit, this.config.maxListed);
    const found = await read(size + 1);
    return { rows: found.slice(0, size), isLast: found.length <= size };
  }
}
