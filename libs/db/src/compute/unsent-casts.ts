import { serviceNames, messagesOfService } from '@metalcast/domain';
import { castStream } from '../outbox/stream-names.js';
import { isServiceLive } from '../processes/services.js';
import type { Queries } from '../sql/queries.js';

/**
 * Casts that still wait in the outbox: `none`; `held`, though a live service waits for one of them, so that it is
 * the broker who is away; or `unwanted`, for nobody has ever listened on their topics, or nobody lives who does.
 */
export type Unsent = 'none' | 'held' | 'unwanted';

/** What waits of the casts about these nodes and instances. */
export async function unsentCasts(sql: Queries, aggregates: readonly string[]): Promise<Unsent> {
  const [row] = await sql.$queryRaw<{ held: boolean | null }[]>`
    SELECT bool_or(EXISTS (
             SELECT 1 FROM services s WHERE s.topic = o.routing_key AND ${isServiceLive})) AS held
      FROM outbox o WHERE o.aggregate = ANY (${castStreamsOf(aggregates)})`;
  switch (row?.held) {
    case true:
      return 'held';
    case false:
      return 'unwanted';
    default:
      return 'none';
  }
}

function castStreamsOf(aggregates: readonly string[]): string[] {
  const topics = new Set(serviceNames.flatMap((service) => messagesOfService(service).casts));
  return [...topics].flatMap((topic) => aggregates.map((each) => castStream(topic, each)));
}
