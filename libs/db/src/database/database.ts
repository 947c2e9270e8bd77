import type { ServiceName } from '@metalcast/domain';
import pg from 'pg';
import { noCarrier, type MessageCarrier, type MessageWrite } from '../outbox/message-carrier.js';
import { writeMessages } from '../outbox/messages-written.js';
import { Outgoing, type WrittenStream } from '../outbox/outbox.js';
import { ConnectionLost, isRolledBack, isSerializationConflict } from './conflicts.js';
import { SharedRun } from './shared-run.js';
import { OpenTransaction } from './open-transaction.js';
import { openPool } from './pool.js';
import { PreparedNames } from '../sql/prepared.js';
import type { Prisma } from '../sql/prisma.js';
import { PgQueries, type Queries } from '../sql/queries.js';
import { jsonAsText } from '../sql/json-parameters.js';
import { sessionOf } from './session.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of the pool; bounds how many transactions run at once. */
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /**
   * Every statement is planned once per connection, whatever its values: planning costs more than running those that
   * find few rows by their keys. Not for statements whose best plan depends on values, as those of lists do.
   */
  readonly planOnce?: boolean | undefined;
  /** Whose process it is: its events have streams of their own, which no other service's processes publish. */
  readonly service?: ServiceName | undefined;
}

/** One transaction of statements: what it changes, and the messages that announce it. Both commit, or neither. */
export interface QuickTx {
  readonly sql: Queries;
  readonly out: Outgoing;
  /**
   * The last statement, if it writes the messages with other changes: built by `messagesWritten`, with `writtenStreams`
   * among the columns of its one row. The transaction commits with it, whatever is thrown after it.
   */
  readonly finish: <R extends object>(build: () => Prisma.Sql) => Promise<R>;
}

export const transactionTimeoutMs = 10_000;
const conflictTries = 5;
const session = [
  // A writer that hangs holds back every cursor; the server ends it.
  'idle_in_transaction_session_timeout=30s',
  'statement_timeout=30s',
  // The adapter writes and reads times without their zone: right only where the session is in UTC.
  'TimeZone=UTC',
];

const generic = 'plan_cache_mode=force_generic_plan';

/**
 * The database of one process, by statements alone. Who needs models takes a `ModelDatabase`: Prisma's client costs a
 * process 30 MB and half of its start.
 */
export class Database {
  /** Statements that are a transaction each, and are not tried again. */
  readonly sql: Queries;
  protected readonly pool: pg.Pool;
  protected readonly names = new PreparedNames();
  private readonly service: ServiceName | undefined;
  private carrier: MessageCarrier = noCarrier;
  /** When a connection last came back to the pool in order. */
  private answeredAt = 0;
  /** Concurrent checks share one query, so that callers who gave up leave no further queries waiting in the pool. */
  private readonly question = new SharedRun(() => this.pool.query('SELECT 1'));

  /** Throws, without showing it, when the URL is not one of PostgreSQL. */
  constructor(options: DatabaseOptions) {
    checkUrl(options.url);
    this.service = options.service;
    this.pool = openPool({
      ...sessionOf(options.url, [...session, ...(options.planOnce === true ? [generic] : [])]),
      max: options.poolSize,
      application_name: options.applicationName,
    });
    this.pool.on('release', (error: Error | boolean | null | undefined) => {
      if (error === undefined || error === null || error === false) {
        this.answeredAt = performance.now();
      }
    });
    this.sql = new PgQueries(this.pool, this.names);
  }

  /**
   * Runs one statement as a transaction of its own. Planned once per connection, so its text must be the same at every
   * call under this name. Tried again at once after a deadlock or serialization conflict.
   */
  async statement<R extends object>(name: string, { text, values }: Prisma.Sql): Promise<R[]> {
    const query = { name, text, values: jsonAsText(values) };
    const { rows } = await untilNoConflict(() => this.pool.query<R>(query));
    return rows;
  }

  /**
   * A `statement` that writes the messages of `out`: built by `messagesWritten`, with `writtenStreams` among its
   * columns; one without a row has written nothing. The messages are then published at once from memory; without that
   * column they are read first.
   */
  async write<R extends object>(
    name: string,
    out: Outgoing,
    build: () => Prisma.Sql,
  ): Promise<R[]> {
    if (out.isEmpty) {
      return this.statement<R>(name, build());
    }
    const write = await this.beginWrite(out);
    try {
      const rows = await this.statement<R & Partial<StreamsColumn>>(name, build());
      const [row] = rows;
      write.committed(row === undefined || row.written_streams === null ? [] : row.written_streams);
      for (const each of rows) {
        delete each.written_streams;
      }
      return rows;
    } catch (error) {
      write.failed({ perhapsCommitted: !isRolledBack(error) });
      throw error;
    }
  }

  /**
   * Runs `work` in one READ COMMITTED transaction and then writes its messages to the outbox, as the last
   * thing before the commit. Tried again at once after a deadlock or serialization conflict, so `work` must
   * do nothing but read and write rows; no I/O of any other kind.
   */
  async quickTransaction<T>(work: (tx: QuickTx) => Promise<T>): Promise<T> {
    return untilNoConflict(() => this.attemptQuick(work));
  }

  private async attemptQuick<T>(work: (tx: QuickTx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    // The pool listens to idle connections only, and without a listener a lost connection would end the process.
    // Running statements reject by themselves.
    client.on('error', ignore);
    const tx = new OpenTransaction(client, this.names);
    const out = new Outgoing();
    let write: MessageWrite | undefined;
    let streams: readonly WrittenStream[] | undefined;
    try {
      const result = await work({
        sql: tx,
        out,
        finish: async (build) => {
          write = await this.beginWrite(out);
          const [row] = await tx.last((sql) => sql.$queryRaw<StreamsColumn[]>(build()));
          streams = row?.written_streams ?? [];
          return row as never;
        },
      });
      if (write === undefined && !out.isEmpty) {
        write = await this.beginWrite(out);
        streams = await tx.last((sql) => writeMessages(sql, out));
      }
      await tx.commit();
      release(client);
      write?.committed(streams);
      return result;
    } catch (error) {
      await rollBack(client);
      write?.failed({ perhapsCommitted: tx.isEnding && !isRolledBack(error) });
      throw error;
    }
  }

  protected async beginWrite(out: Outgoing): Promise<MessageWrite> {
    out.service = this.service;
    const write = await this.carrier.begin(out);
    out.owner = write.owner;
    return write;
  }

  /** From now on `carrier` publishes what this process writes. Without one, others find it when they look. */
  publishBy(carrier: MessageCarrier): void {
    this.carrier = carrier;
  }

  /** Resolves when the database answers; rejects, with the reason, when it does not within `timeoutMs`. */
  async answers(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const asked = performance.now();
    const timeout = new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        // The question may stand in a line that gets on.
        if (this.answeredAt > asked) {
          resolve();
        } else {
          reject(new ConnectionLost(`no answer within ${timeoutMs} ms`));
        }
      }, timeoutMs);
    });
    try {
      await Promise.race([this.question.run(), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the database answers, within `timeoutMs`. */
  async isReachable(timeoutMs: number): Promise<boolean> {
    return this.answers(timeoutMs).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

interface StreamsColumn {
  written_streams: readonly WrittenStream[] | null;
}

const ignore = (): void => undefined;

function release(client: pg.PoolClient, broken = false): void {
  client.off('error', ignore);
  client.release(broken);
}

/** A connection that cannot even roll back is not used again. */
async function rollBack(client: pg.PoolClient): Promise<void> {
  const isBroken = await client.query('ROLLBACK').then(
    () => false,
    () => true,
  );
  release(client, isBroken);
}

/** Node's own error would carry the whole URL, password and all. */
function checkUrl(url: string): void {
  try {
    if (/^postgres(ql)?:\/\//.test(url)) {
      new pg.Client({ connectionString: url });
      return;
    }
  } catch {
    // Reported below.
  }
  throw new Error(
    'the database URL is not of the form postgresql://user:password@host:port/database',
  );
}

export async function untilNoConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= conflictTries || !isSerializationConflict(error)) {
        throw error;
      }
    }
  }
}
