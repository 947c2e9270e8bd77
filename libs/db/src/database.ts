import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient, type Prisma } from './generated/client.js';
import { noCarrier, type MessageCarrier, type MessageWrite } from './message-carrier.js';
import { Outgoing, type WrittenStream } from './outbox.js';
import { ConnectionLost, isRolledBack, isSerializationConflict } from './conflicts.js';
import { DatabaseSocket } from './database-socket.js';
import { PreparedNames } from './prepared.js';
import { PgQueries, type Queries } from './queries.js';
import { sessionOf } from './session.js';
import type { Sql } from './sql.js';

export type { Sql };

export interface DatabaseOptions {
  readonly url: string;
  /** Connections of the pool; bounds how many transactions run at once. */
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

/** One transaction: what it changes, and the messages that announce it. Both commit, or neither. */
export interface Tx {
  readonly sql: Sql;
  readonly out: Outgoing;
}

/** The same past Prisma, for what happens often: statements alone, no models. */
export interface QuickTx {
  readonly sql: Queries;
  readonly out: Outgoing;
  /**
   * The last statement, if it writes the messages with other changes: built by `messagesWritten`, with `writtenStreams` among the
   * columns of its one row.
   */
  readonly finish: <R extends object>(build: () => Prisma.Sql) => Promise<R>;
}

const transactionTimeoutMs = 10_000;
/** Longer than any statement may take: a connection that has said nothing for so long will not say anything. */
const silenceMs = 40_000;
const conflictTries = 5;
const session = [
  // A writer that hangs holds back every cursor; the server ends it.
  'idle_in_transaction_session_timeout=30s',
  'statement_timeout=30s',
  // The adapter writes and reads times without their zone: right only where the session is in UTC.
  'TimeZone=UTC',
];

/** The database of one process. */
export class Database {
  readonly prisma: PrismaClient;
  /** Prisma's connections. */
  private readonly pool: pg.Pool;
  private readonly names = new PreparedNames();
  private carrier: MessageCarrier = noCarrier;

  /** Throws, without showing it, when the URL is not one of PostgreSQL. */
  constructor(options: DatabaseOptions) {
    checkUrl(options.url);
    this.pool = new pg.Pool({
      ...sessionOf(options.url, session),
      max: options.poolSize,
      application_name: options.applicationName,
      connectionTimeoutMillis: transactionTimeoutMs,
      stream: () => new DatabaseSocket(silenceMs),
    });
    // A lost idle connection is replaced; without a listener it would end the process.
    this.pool.on('error', () => undefined);
    const naming = { statementNameGenerator: ({ sql }: { sql: string }) => this.names.nameOf(sql) };
    this.prisma = new PrismaClient({ adapter: new PrismaPg(this.pool, naming) });
  }

  /**
   * Runs `work` in one READ COMMITTED transaction and then writes its messages to the outbox, as the last
   * thing before the commit. Tried again at once after a deadlock or serialization conflict, so `work` must
   * do nothing but read and write rows; no I/O of any other kind.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return untilNoConflict(() => this.attempt(work));
  }

  /**
   * Runs one statement directly on pg, as a transaction of its own: for short statements Prisma's overhead exceeds the query. Planned
   * once per connection, so its text must be the same at every call under this name. Tried again like `transaction`.
   */
  async statement<R extends object>(name: string, { text, values }: Prisma.Sql): Promise<R[]> {
    const { rows } = await untilNoConflict(() => this.pool.query<R>({ name, text, values }));
    return rows;
  }

  /** As `statement`, for texts that differ from call to call, as those of lists do: one that comes often is planned once per connection. */
  async read<R extends object>({ text, values }: Prisma.Sql): Promise<R[]> {
    const name = this.names.nameOf(text);
    const query = { text, values, ...(name === '' ? {} : { name }) };
    const { rows } = await untilNoConflict(() => this.pool.query<R>(query));
    return rows;
  }

  /**
   * A `statement` that writes the messages of `out`: built by `messagesWritten`, with `writtenStreams` among its columns; one without
   * a row has written nothing. The messages are then published at once from memory; without that column they are read first.
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

  /** As `transaction`, past Prisma. */
  async quickTransaction<T>(work: (tx: QuickTx) => Promise<T>): Promise<T> {
    return untilNoConflict(() => this.attemptQuick(work));
  }

  private async attemptQuick<T>(work: (tx: QuickTx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    const sql = new PgQueries(client, this.names);
    const out = new Outgoing();
    let write: MessageWrite | undefined;
    let streams: readonly WrittenStream[] | undefined;
    try {
      await client.query('BEGIN');
      const result = await work({
        sql,
        out,
        finish: async (build) => {
          write = await this.beginWrite(out);
          const [row] = await sql.$queryRaw<StreamsColumn[]>(build());
          streams = row?.written_streams ?? [];
          return row as never;
        },
      });
      if (write === undefined && !out.isEmpty) {
        write = await this.beginWrite(out);
        streams = await out.flush(sql);
      }
      await client.query('COMMIT');
      client.release();
      write?.committed(streams);
      return result;
    } catch (error) {
      await rollBack(client);
      // Only the commit comes after the messages.
      write?.failed({ perhapsCommitted: streams !== undefined && !isSerializationConflict(error) });
      throw error;
    }
  }

  private async attempt<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const out = new Outgoing();
    let write: MessageWrite | undefined;
    let streams: readonly WrittenStream[] | undefined;
    try {
      const result = await this.prisma.$transaction(
        async (sql) => {
          const value = await work({ sql, out });
          if (!out.isEmpty) {
            write = await this.beginWrite(out);
            streams = await out.flush(sql);
          }
          return value;
        },
        { timeout: transactionTimeoutMs, maxWait: transactionTimeoutMs },
      );
      write?.committed(streams);
      return result;
    } catch (error) {
      // Only the commit comes after the messages.
      const perhapsCommitted = streams !== undefined && !isSerializationConflict(error);
      write?.failed({ perhapsCommitted });
      throw error;
    }
  }

  private async beginWrite(out: Outgoing): Promise<MessageWrite> {
    const write = await this.carrier.begin(out);
    out.owner = write.owner;
    return write;
  }

  /** From now on `carrier` publishes what this process writes. Without one, other processes find it within a second. */
  publishBy(carrier: MessageCarrier): void {
    this.carrier = carrier;
  }

  /** Resolves when the database answers; rejects, with the reason, when it does not within `timeoutMs`. */
  async answers(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new ConnectionLost(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      await Promise.race([this.pool.query('SELECT 1'), timeout]);
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
    await this.prisma.$disconnect();
    await this.pool.end();
  }

  /** Messages of these aggregates were committed by a statement that was no `write`: whoever publishes need not wait for its next look. */
  announce(aggregates: readonly string[]): void {
    if (aggregates.length > 0) {
      this.carrier.kick(aggregates);
    }
  }
}

interface StreamsColumn {
  written_streams: readonly WrittenStream[] | null;
}

/** A connection that cannot even roll back is not used again. */
async function rollBack(client: pg.PoolClient): Promise<void> {
  await client.query('ROLLBACK').then(
    () => {
      client.release();
    },
    () => {
      client.release(true);
    },
  );
}

/** Node's own error would carry the whole URL, password and all. */
function checkUrl(url: string): void {
  try {
    if (/^postgres(ql)?:\/\//.test(url)) {
      new pg.Client({ connectionString: url });
      return;
    }
  } catch {
    // Said below.
  }
  throw new Error(
    'the database URL is not of the form postgresql://user:password@host:port/database',
  );
}

async function untilNoConflict<T>(work: () => Promise<T>): Promise<T> {
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
