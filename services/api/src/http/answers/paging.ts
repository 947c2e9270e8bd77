import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { inSlices, jsonList, sliceSize } from './json-list.js';
import { Links } from './links.js';
import type { PageQuery } from '../requests/page-query.js';

/** How a list is read. */
export interface ListReader<R> {
  /** At most `take` rows, those of the page first. */
  readonly read: (take: number) => Promise<readonly R[]>;
  /** The row's name in `marker`. */
  readonly keyOf: (row: R) => string | number;
}

/** A list of Nova's or Neutron's form. */
export interface ListAnswer<R> extends ListReader<R> {
  /** Key of the list in the answer; its links stand beside it as `<name>_links`, as in Nova and Neutron. */
  readonly name: string;
  readonly query: PageQuery;
  /** The request's own path and query, for the link to the next page. */
  readonly url: string;
  readonly view: (row: R) => object;
}

export interface Page<R> {
  readonly rows: readonly R[];
  /** The marker of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/** Answers lists in pages. No page is longer than the option `max_listed`. */
@Injectable()
export class Paging {
  constructor(
    @Inject(Links) private readonly links: Links,
    @Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'maxListed'>,
  ) {}

  /** In Nova's and Neutron's form. */
  async answer<R>(list: ListAnswer<R>): Promise<object | StreamableFile> {
    const { name, view, url } = list;
    const { rows, next } = await this.page(list.query, list);
    const links =
      next === undefined
        ? {}
        : { [`${name}_links`]: [{ rel: 'next', href: this.links.page(url, next) }] };
    return rows.length <= sliceSize
      ? { [name]: rows.map((row) => view(row)), ...links }
      : jsonList(name, inSlices(rows, view), links);
  }

  /** One row more than the page has is read: it shows whether there is a next page. */
  async page<R>(query: PageQuery, { read, keyOf }: ListReader<R>): Promise<Page<R>> {
    const size = this.sizeOf(query);
    const found = await read(size + 1);
    const rows = found.slice(0, size);
    const last = found.length > size ? rows.at(-1) : undefined;
    return { rows, next: last && String(keyOf(last)) };
  }

  /** How many rows a page may have. */
  sizeOf({ limit = this.config.maxListed }: PageQuery): number {
    return Math.min(limit, this.config.maxListed);
  }
}
