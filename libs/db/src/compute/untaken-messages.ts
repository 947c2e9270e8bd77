import type { Database } from '../database/database.js';
import { kindOf } from '../outbox/stream-names.js';
import { Prisma } from '../sql/prisma.js';

/** Messages that wait in streams of one kind, which no live process publishes. */
export interface UntakenMessages {
  /** What the names of the streams begin with, such as `boot.events`. */
  readonly kind: string;
  readonly messages: number;
  /** When the oldest was written. */
  readonly since: Date;
}

/**
 * The kinds of which a message has waited for so long while no process tried to send any. The processes of a service
 * alone take streams of its kinds: if the service is not run any more, the messages wait for ever, and retention keeps
 * what they are about.
 */
export const untakenMessages = (database: Database, waitedMs: number): Promise<UntakenMessages[]> =>
  database.statement<UntakenMessages>(
    'untaken_messages',
    Prisma.sql`
      SELECT ${kind} AS kind, count(*)::int AS messages, min(o.created_at) AS since
        FROM outbox o JOIN streams s ON s.aggregate = o.aggregate LEFT JOIN publishers p ON p.owner = s.owner
       WHERE p.owner IS NULL GROUP BY 1
      HAVING greatest(min(o.created_at), max(o.retry_at)) < clock_timestamp() - ${waitedMs}::float8 * interval '1 millisecond'
       ORDER BY 1`,
  );

const kind = Prisma.raw(kindOf('o.aggregate'));
