import pg from 'pg';
import { sessionOf } from '../database/session.js';

export interface RelayConnectionOptions {
  readonly url: string;
  readonly applicationName: string;
  /** The connection was lost, or could not be made. */
  readonly onLost: (error: unknown) => void;
}

const reconnectMs = 1000;
const connectMs = 10_000;
/** A database that has gone silent shows by this. */
const queryMs = 30_000;
const session = [
  'statement_timeout=25s',
  'TimeZone=UTC',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
];

/**
 * A connection of the relay's own, so that what it does never waits for a transaction of the process to end and
 * give back one of the pool's. Made again when it was lost, at most once a second.
 */
export class RelayConnection {
  private client: pg.Client | undefined;
  private notBefore = 0;
  /** The last statement: statements run one at a time. */
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: RelayConnectionOptions) {}

  /** One statement, planned once; its text must be the same at every call under this name. */
  async query<R extends object>(name: string, text: string, values: unknown[]): Promise<R[]> {
    const { rows } = await this.run((client) => client.query<R>({ name, text, values }));
    return rows;
  }

  /**
   * Some statements without parameters, as one transaction and one round trip; it is for the server alone how long they
   * take.
   */
  async script(text: string): Promise<readonly pg.QueryResult[]> {
    const results = await this.run((client) => client.query(text) as Promise<unknown>);
    return [results].flat() as pg.QueryResult[];
  }

  /** The running statement may fail. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const result = this.last.then(() => this.runNow(work));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async runNow<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = this.client ?? (await this.connect());
    try {
      return await work(client);
    } catch (error) {
      // An error that the server reports leaves the connection usable.
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') {
        this.lost(client, error);
      }
      throw error;
    }
  }

  private async connect(): Promise<pg.Client> {
    if (this.closed || performance.now() < this.notBefore) {
      throw new Error('the relay has no connection to the database');
    }
    const client = new pg.Client({
      ...sessionOf(this.options.url, session),
      application_name: this.options.applicationName,
      connectionTimeoutMillis: connectMs,
      query_timeout: queryMs,
      keepAlive: true,
    });
    client.on('error', (error) => {
      this.lost(client, error);
    });
    try {
      await client.connect();
    } catch (error) {
      this.lost(client, error);
      throw error;
    }
    this.client = client;
    return client;
  }

  /** Not waited for: a connection whose other end is gone may never say goodbye. */
  private lost(client: pg.Client, error: unknown): void {
    client.end().catch(() => undefined);
    if (this.client === client || this.client === undefined) {
      this.client = undefined;
      this.notBefore = performance.now() + reconnectMs;
    }
    if (!this.closed) {
      this.options.onLost(error);
    }
  }
}
