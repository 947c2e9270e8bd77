import pg from 'pg';
import type { PreparedNames } from '../sql/prepared.js';
import { PgQueries, type Queries } from '../sql/queries.js';

type Client = Pick<pg.ClientBase, 'query'>;
type Statement = Parameters<Queries['$queryRaw']>;

/**
 * A transaction on a connection of its own. BEGIN is not waited for but sent with the first statement, COMMIT with the
 * last one: each answer that is waited for costs both sides as much as a short statement does.
 */
export class OpenTransaction implements Queries {
  private readonly sql: Queries;
  private readonly begun: Promise<unknown>;
  private ending: Promise<unknown> | undefined;

  constructor(
    private readonly client: Client,
    private readonly names: PreparedNames,
  ) {
    this.sql = new PgQueries(client, names);
    this.begun = client.query('BEGIN');
    // It is waited for at the end.
    this.begun.catch(() => undefined);
  }

  /** Whether COMMIT has been sent: until it is answered, its outcome is unknown. */
  get isEnding(): boolean {
    return this.ending !== undefined;
  }

  $queryRaw<T = unknown>(...statement: Statement): Promise<T> {
    this.checkOpen();
    return this.sql.$queryRaw<T>(...statement);
  }

  $executeRaw(...statement: Statement): Promise<number> {
    this.checkOpen();
    return this.sql.$executeRaw(...statement);
  }

  /**
   * Sends the last statement, and COMMIT right behind it: when the statement fails, PostgreSQL rolls back instead. One
   * that cannot even be built is not sent, and then COMMIT is not either.
   */
  async last<T>(statement: (sql: Queries) => Promise<T>): Promise<T> {
    this.checkOpen();
    const result = await statement(new PgQueries(committing(this.client, this), this.names));
    await this.commit();
    return result;
  }

  /** Idempotent. */
  async commit(): Promise<void> {
    await this.sendCommit();
    await this.begun;
  }

  /** Resolves, or rejects, with the commit. */
  sendCommit(): Promise<unknown> {
    this.ending ??= this.client.query('COMMIT');
    return this.ending;
  }

  private checkOpen(): void {
    if (this.ending !== undefined) {
      throw new Error('the transaction has ended: no statement may follow its last one');
    }
  }
}

/**
 * The client of one statement, which ends the transaction. pg skips a query that it cannot submit, tells of it later,
 * and would send what is behind it: so COMMIT follows only one that was sent.
 */
const committing = (client: Client, transaction: OpenTransaction): Client => ({
  query: ((config: pg.QueryConfig) =>
    new Promise<unknown>((resolve, reject) => {
      const query = new pg.Query(config, (error: Error | null | undefined, result: unknown) => {
        if (error) reject(error);
        else resolve(result);
      });
      const submit: (connection: pg.Connection) => unknown = query.submit.bind(query);
      const state = { isSent: false };
      query.submit = (connection) => {
        const error = submit(connection);
        state.isSent = error === null || error === undefined;
        return error;
      };
      client.query(query);
      if (state.isSent) transaction.sendCommit().catch(() => undefined);
    })) as Client['query'],
});
