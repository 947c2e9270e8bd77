import { prepared } from '../sql/prepared.js';
import { Prisma } from '../sql/prisma.js';
import type { Queries } from '../sql/queries.js';
import type { Outgoing, WrittenStream } from './outbox.js';

/** Writes all messages of a transaction by one statement. */
export async function writeMessages(
  sql: Queries,
  out: Outgoing,
): Promise<readonly WrittenStream[]> {
  const [row] = await sql.$queryRaw<{ written_streams: WrittenStream[] | null }[]>`
    ${prepared('flush')} WITH ${messagesWritten(out)} SELECT ${writtenStreams}`;
  return row?.written_streams ?? [];
}

/**
 * Common table expressions that write the messages, if `condition` holds, which may name the uuid that they are
 * `about`. They stand at the end of a WITH, and its SELECT should have `writtenStreams` among its columns. Rows are
 * locked in one order and held to the commit, those of subjects too, so `seq`, `n` and `ordinal` follow the order of
 * commits. The owner of a stream publishes its messages; a stream that was empty gets the owner `out.owner`.
 */
export const messagesWritten = (
  out: Outgoing,
  condition = Prisma.sql`true`,
): Prisma.Sql => Prisma.sql`
  stream AS (
    INSERT INTO streams (aggregate, n, written, owner)
    SELECT aggregate, events, messages, CASE WHEN messages > 0 THEN ${out.owner}::text END
      FROM jsonb_to_recordset(${JSON.stringify(out.rows())}::jsonb) AS counted (aggregate text, about text, events int, messages int)
     WHERE ${condition} ORDER BY aggregate COLLATE "C"
    ON CONFLICT (aggregate) DO UPDATE
       SET n = streams.n + excluded.n, written = streams.written + excluded.written, owner = coalesce(streams.owner, excluded.owner)
    RETURNING aggregate, n, written, sent, owner, date_trunc('milliseconds', clock_timestamp()) AS now
  ), numbered AS MATERIALIZED (
    SELECT m.*, m.envelope ->> 'subject' AS subject, e.n - m.events_after AS n, s.written - m.messages_after AS ordinal,
           coalesce(e.now, s.now) AS now, ${timeText(Prisma.sql`e.now`)} AS time
      FROM stream s
      JOIN jsonb_to_recordset(${JSON.stringify(out.messages())}::jsonb)
        AS m (place int, events_after int, messages_after int, aggregate text, kind text, routing_key text, body text,
              expires_ms int, event_id uuid, envelope jsonb)
     USING (aggregate) LEFT JOIN stream e ON e.aggregate = m.envelope ->> 'subject'
  ), event_written AS (
    INSERT INTO events (id, type, subject, n, epoch, data, request_id, "time")
    SELECT event_id, routing_key, subject, n, (envelope ->> 'epoch')::int, envelope -> 'data', envelope ->> 'requestid', now
      FROM numbered WHERE event_id IS NOT NULL ORDER BY place
  ), message_written AS (
    INSERT INTO outbox (aggregate, ordinal, kind, routing_key, body, event_id, expires_at)
    SELECT aggregate, ordinal, kind, routing_key,
           coalesce(body, (envelope || jsonb_build_object('sequence', n::text, 'time', time))::text),
           event_id, now + expires_ms * interval '1 millisecond'
      FROM numbered ORDER BY place
  )`;

/**
 * A column for the SELECT behind `messagesWritten`: what a process needs to publish the messages from its memory. The
 * number and the time of a stream's last event are of its subject's row.
 */
export const writtenStreams = Prisma.sql`
  (SELECT jsonb_agg(jsonb_build_object('aggregate', s.aggregate, 'n', coalesce(e.n, s.n), 'written', s.written, 'sent', s.sent,
                                       'owner', s.owner, 'time', ${timeText(Prisma.sql`coalesce(e.now, s.now)`)}))
     FROM stream s LEFT JOIN stream e ON e.aggregate = split_part(s.aggregate, ':', 2)
    WHERE s.owner IS NOT NULL) AS written_streams`;

/** The time in the format of events. */
function timeText(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
