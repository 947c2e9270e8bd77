import type pg from 'pg';
import { Prisma } from './prisma.js';
import type { PreparedNames } from './prepared.js';
import { jsonAsText } from './json-parameters.js';

type Text = TemplateStringsArray | Prisma.Sql;

/**
 * Statements of one transaction, whichever way it was opened; those of `Database.sql` are a transaction each, and what
 * one locks is free at its end. What takes these works in a transaction of Prisma's and in one past it; eight-byte
 * integers are to be cast, for the two read them differently.
 */
export interface Queries {
  $queryRaw<T = unknown>(query: Text, ...values: unknown[]): Promise<T>;
  $executeRaw(query: Text, ...values: unknown[]): Promise<number>;
}

/** Statements on a connection, or on any of a pool, each planned once per connection if it comes often. */
export class PgQueries implements Queries {
  constructor(
    private readonly client: Pick<pg.ClientBase, 'query'>,
    private readonly names: PreparedNames,
  ) {}

  async $queryRaw<T>(query: Text, ...values: unknown[]): Promise<T> {
    return (await this.run(query, values)).rows as T;
  }

  async $executeRaw(query: Text, ...values: unknown[]): Promise<number> {
    return (await this.run(query, values)).rowCount ?? 0;
  }

  private async run(query: Text, given: readonly unknown[]): Promise<pg.QueryResult> {
    const { text, values } = query instanceof Prisma.Sql ? query : Prisma.sql(query, ...given);
    const name = this.names.nameOf(text);
    return this.client.query({
      text,
      values: jsonAsText(values),
      ...(name === '' ? {} : { name }),
    });
  }
}
