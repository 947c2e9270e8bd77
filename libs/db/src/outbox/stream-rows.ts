import { nobody, type MessageKind } from './outbox.js';
import type { WaitingMessage } from './publisher.js';
import type { RelayConnection } from './relay-connection.js';
import { hasPassedText } from '../sql/has-passed.js';
import { publisherLeaseMs } from './publisher-lease.js';
import { isOfKinds } from './stream-names.js';

/** How far an aggregate's messages have come in the process that publishes them. */
export interface StreamProgress {
  readonly aggregate: string;
  /** Number of the last message that needs no more publishing. */
  readonly sent: number;
  /** The next message could not be delivered: it is tried again after a pause. */
  readonly rests: boolean;
}

export interface SettledStream {
  readonly aggregate: string;
  /** `kept`: something is left. `locked`: nothing was changed, for a writer holds it just now. */
  readonly outcome: 'released' | 'kept' | 'locked';
}

export interface ReadStream {
  readonly aggregate: string;
  readonly written: number;
  readonly sent: number;
  /** The oldest that wait, without a gap. */
  readonly messages: readonly WaitingMessage[];
}

/** What a look at everything found. */
export interface Look {
  /** Something waits that no live process publishes. */
  readonly abandoned: boolean;
  /** Events wait for their positions, and no live process gives any. */
  readonly unnumbered: boolean;
}

/** Of one aggregate at a time. */
const readMessages = 64;
/** At a time. */
export const readAggregates = 64;
/** What could not be delivered rests for so long. */
export const retryMs = 1000;

/**
 * Deletes published messages and releases empty streams. Streams that a writer has locked are skipped until the next
 * call, so that no other stream waits for them and no deadlock arises. Idempotent.
 */
export async function settleStreams(
  connection: RelayConnection,
  owner: string,
  streams: readonly StreamProgress[],
): Promise<SettledStream[]> {
  return connection.query<SettledStream>(
    'settle_streams',
    `WITH done AS MATERIALIZED (
         SELECT * FROM unnest($2::text[], $3::bigint[], $4::bool[]) AS t (aggregate, sent, rests)
       ), mine AS MATERIALIZED (
         SELECT d.* FROM streams s JOIN done d ON d.aggregate = s.aggregate
          WHERE s.owner = $1 ORDER BY s.aggregate COLLATE "C" FOR UPDATE OF s SKIP LOCKED
       ), gone AS (
         DELETE FROM outbox o USING mine m WHERE o.aggregate = m.aggregate AND o.ordinal <= m.sent
       ), resting AS (
         UPDATE outbox o SET retry_at = clock_timestamp() + $5 * interval '1 millisecond'
           FROM mine m WHERE m.rests AND o.aggregate = m.aggregate AND o.ordinal = m.sent + 1
       ), settled AS (
         UPDATE streams s
            SET sent = greatest(s.sent, m.sent),
                owner = CASE WHEN s.written <= m.sent THEN NULL WHEN m.rests THEN $6 ELSE s.owner END
           FROM mine m WHERE s.aggregate = m.aggregate
         RETURNING s.aggregate, CASE WHEN s.owner = $1 THEN 'kept' ELSE 'released' END AS outcome
       )
     SELECT s.aggregate, coalesce(t.outcome, CASE WHEN s.owner = $1 THEN 'locked' ELSE 'released' END) AS outcome
       FROM done d JOIN streams s ON s.aggregate = d.aggregate LEFT JOIN settled t ON t.aggregate = d.aggregate`,
    [
      owner,
      streams.map(({ aggregate }) => aggregate),
      streams.map(({ sent }) => sent),
      streams.map(({ rests }) => rests),
      retryMs,
      nobody,
    ],
  );
}

interface Row {
  readonly aggregate: string;
  readonly written: string;
  readonly sent: string;
  readonly ordinal: string | null;
  readonly kind: MessageKind;
  readonly routing_key: string;
  readonly body: string;
  readonly expires_in_ms: number | null;
}

/** The oldest messages that wait of some of these aggregates, as far as the owner owns them. */
export async function readStreams(
  connection: RelayConnection,
  owner: string,
  aggregates: readonly string[],
): Promise<ReadStream[]> {
  const asked = performance.now();
  const rows = await connection.query<Row>(
    'read_streams',
    `SELECT s.aggregate, s.written, s.sent, o.ordinal, o.kind, o.routing_key, o.body,
            (extract(epoch FROM o.expires_at - clock_timestamp()) * 1000)::float8 AS expires_in_ms
       FROM streams s
       LEFT JOIN LATERAL (SELECT * FROM outbox WHERE aggregate = s.aggregate ORDER BY seq LIMIT $3) o ON true
      WHERE s.aggregate = ANY ($2) AND s.owner = $1 ORDER BY o.seq`,
    [owner, aggregates, readMessages],
  );
  const streams = new Map<string, ReadStream & { readonly messages: WaitingMessage[] }>();
  for (const row of rows) {
    const { aggregate, written, sent } = row;
    const stream = streams.get(aggregate) ?? {
      aggregate,
      written: Number(written),
      sent: Number(sent),
      messages: [],
    };
    streams.set(aggregate, stream);
    if (row.ordinal !== null) {
      stream.messages.push(messageOf(row, asked));
    }
  }
  return [...streams.values()];
}

const messageOf = (row: Row, asked: number): WaitingMessage => ({
  ordinal: Number(row.ordinal),
  message: {
    kind: row.kind,
    routingKey: row.routing_key,
    body: row.body,
  },
  expiresAt: row.expires_in_ms === null ? undefined : asked + row.expires_in_ms,
});

/**
 * Takes streams of these kinds whose owner does not live and whose oldest message does not rest: those of `wanted`, or
 * (null) whichever there are, the oldest first. Who loses a race for one gets none: the owner is compared on the row
 * that is locked.
 */
export async function takeStreams(
  connection: RelayConnection,
  owner: string,
  wanted: readonly string[] | null,
  kinds: readonly string[] | null,
): Promise<{ readonly taken: string[]; readonly locked: string[] }> {
  const rows = await connection.query<{ aggregate: string; taken: boolean }>(
    'take_streams',
    `WITH waiting AS (
         SELECT aggregate, min(seq) AS seq, max(retry_at) AS retry_at FROM outbox
          WHERE ($2::text[] IS NULL OR aggregate = ANY ($2)) AND ${isOfKinds('aggregate', '$4')} GROUP BY aggregate
       ), dead AS MATERIALIZED (
         SELECT s.aggregate, s.owner FROM waiting w
           JOIN streams s ON s.aggregate = w.aggregate LEFT JOIN publishers p ON p.owner = s.owner
          WHERE p.owner IS NULL AND (w.retry_at IS NULL OR ${hasPassedText('w.retry_at', retryMs)})
          ORDER BY w.seq LIMIT $3
       ), free AS MATERIALIZED (
         SELECT s.aggregate FROM streams s
           JOIN dead d ON d.aggregate = s.aggregate AND d.owner IS NOT DISTINCT FROM s.owner
            FOR UPDATE OF s SKIP LOCKED
       ), taken AS (
         UPDATE streams s SET owner = $1 FROM free f WHERE s.aggregate = f.aggregate RETURNING s.aggregate
       )
     SELECT d.aggregate, t.aggregate IS NOT NULL AS taken FROM dead d LEFT JOIN taken t ON t.aggregate = d.aggregate`,
    [owner, wanted, readAggregates, kinds],
  );
  const of = (which: boolean): string[] =>
    rows.flatMap(({ aggregate, taken }) => (taken === which ? [aggregate] : []));
  return { taken: of(true), locked: of(false) };
}

/** Ends expired leases, and returns what work there is for a publisher of these kinds of streams. */
export async function lookAround(
  connection: RelayConnection,
  positionsLease: { readonly name: string; readonly ms: number },
  kinds: readonly string[] | null,
): Promise<Look> {
  const look = (): Promise<(Look & { ended: boolean })[]> =>
    connection.query(
      'look_around',
      `WITH ended AS (
           DELETE FROM publishers WHERE owner IN (
             SELECT owner FROM publishers WHERE ${hasPassedText('lease_until', publisherLeaseMs)} FOR UPDATE SKIP LOCKED) RETURNING owner)
       SELECT EXISTS (SELECT FROM ended) AS ended,
              EXISTS (SELECT FROM outbox o JOIN streams s ON s.aggregate = o.aggregate LEFT JOIN publishers p ON p.owner = s.owner
                       WHERE p.owner IS NULL AND (o.retry_at IS NULL OR ${hasPassedText('o.retry_at', retryMs)})
                         AND ${isOfKinds('o.aggregate', '$2')}
                         AND NOT EXISTS (SELECT FROM outbox e WHERE e.aggregate = o.aggregate AND e.seq < o.seq)) AS abandoned,
              EXISTS (SELECT FROM events WHERE pos IS NULL)
                AND NOT EXISTS (SELECT FROM leases WHERE name = $1 AND NOT ${hasPassedText('lease_until', positionsLease.ms)}) AS unnumbered`,
      [positionsLease.name, kinds],
    );
  const [found] = await look();
  // What the ended ones owned is seen by a statement that begins after their end.
  const [rest] = found?.ended === true ? await look() : [found];
  return { abandoned: rest?.abandoned === true, unnumbered: rest?.unnumbered === true };
}
