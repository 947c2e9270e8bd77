import { PrismaPg } from '@prisma/adapter-pg';
import { isSerializationConflict } from '../database/conflicts.js';
import {
  Database,
  transactionTimeoutMs,
  untilNoConflict,
  type DatabaseOptions,
} from '../database/database.js';
import { Prisma as Generated, PrismaClient } from '../generated/client.js';
import type { MessageWrite } from '../outbox/message-carrier.js';
import { lineMs } from '../database/pool.js';
import { writeMessages } from '../outbox/messages-written.js';
import { Outgoing, type WrittenStream } from '../outbox/outbox.js';
import { Prisma } from '../sql/prisma.js';
import type { Sql } from './sql.js';

// Node gives Prisma's client the CommonJS copy of this class and ES modules the other one: the client would take our
// statements for values. By this it knows them for its own.
if (Prisma.Sql !== Generated.Sql) {
  Object.setPrototypeOf(Prisma.Sql.prototype, Generated.Sql.prototype);
}

/** One transaction: what it changes, by models too, and the messages that announce it. Both commit, or neither. */
export interface Tx {
  readonly sql: Sql;
  readonly out: Outgoing;
}

/** The database of a process that reads and writes by Prisma's models. */
export class ModelDatabase extends Database {
  readonly prisma: PrismaClient;

  constructor(options: DatabaseOptions) {
    super(options);
    const naming = { statementNameGenerator: ({ sql }: { sql: string }) => this.names.nameOf(sql) };
    this.prisma = new PrismaClient({ adapter: new PrismaPg(this.pool, naming) });
  }

  /** As `quickTransaction`, with models. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return untilNoConflict(() => this.attempt(work));
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
            streams = await writeMessages(sql, out);
          }
          return value;
        },
        { timeout: transactionTimeoutMs, maxWait: lineMs },
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

  override async close(): Promise<void> {
    await this.prisma.$disconnect();
    await super.close();
  }
}
