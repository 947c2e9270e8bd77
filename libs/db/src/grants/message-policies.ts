import { createHash } from 'node:crypto';
import { serviceNames, speechOf, type ServiceName } from '@metalcast/domain';
import type pg from 'pg';
import { escapeIdentifier as name, escapeLiteral as literal } from 'pg';
import { groupRole, groupRoles } from './service-roles.js';

/**
 * A message in the outbox is published by whichever process owns its stream: so the database takes from a service those
 * messages alone that it may send. What is written there stays as it is, or goes.
 */
function policies(outbox: string): readonly string[] {
  const all = groupRoles.map(name).join(', ');
  return [
    // Whoever may read the table reads all of it: a right to it is needed all the same.
    `ON ${outbox} FOR SELECT TO PUBLIC USING (true)`,
    ...['UPDATE', 'DELETE'].map((what) => `ON ${outbox} FOR ${what} TO ${all} USING (true)`),
    ...serviceNames.map(
      (service) =>
        `ON ${outbox} FOR INSERT TO ${name(groupRole(service))} WITH CHECK (${written(service)})`,
    ),
  ];
}

/** In the stream of its kind, so that only those take it over who may send it. */
function written(service: ServiceName): string {
  const { casts, notifies = false } = speechOf(service);
  const kind = "split_part(aggregate, ':', 1)";
  const allowed = ["kind = 'event' AND strpos(aggregate, ':') = 0"];
  if (notifies) {
    allowed.push(`kind = 'notification' AND ${kind} = 'notifications'`);
  }
  if (casts.length > 0) {
    const known = casts.map(literal).join(', ');
    allowed.push(
      `kind = 'cast' AND ${kind} IN (${known}) AND ${kind} = split_part(routing_key, '.', 1)`,
    );
  }
  return allowed.join(' OR ');
}

/**
 * Puts them on the outbox of the schema. To be called in a transaction. One that is there is left, for to make it locks
 * out who writes.
 */
export async function applyMessagePolicies(client: pg.Client, schema: string): Promise<void> {
  const outbox = `${name(schema)}.outbox`;
  const wanted = new Map(policies(outbox).map((policy) => [policyName(policy), policy]));
  const { rows } = await client.query<{ name: string }>(
    "SELECT policyname::text AS name FROM pg_policies WHERE schemaname = $1 AND tablename = 'outbox'",
    [schema],
  );
  const there = new Set(rows.map((row) => row.name));
  const statements = [
    ...[...there]
      .filter((each) => !wanted.has(each))
      .map((each) => `DROP POLICY ${name(each)} ON ${outbox}`),
    ...[...wanted]
      .filter(([each]) => !there.has(each))
      .map(([each, policy]) => `CREATE POLICY ${name(each)} ${policy}`),
  ];
  if (statements.length > 0) {
    await client.query(
      [...statements, `ALTER TABLE ${outbox} ENABLE ROW LEVEL SECURITY`].join(';\n'),
    );
  }
}

/** Tells what it says: another text is another policy. */
const policyName = (policy: string): string =>
  `metalcast_${createHash('sha256').update(policy).digest('hex').slice(0, 16)}`;
