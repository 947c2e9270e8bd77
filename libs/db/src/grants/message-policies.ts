import { createHash } from 'node:crypto';
import { serviceNames, messagesOfService, type ServiceName } from '@metalcast/domain';
import type pg from 'pg';
import { escapeIdentifier as name, escapeLiteral as literal } from 'pg';
import { kindOf, streamKindsOf } from '../outbox/stream-names.js';
import { groupRole, groupRoles } from './service-roles.js';

const tables = ['outbox', 'events'] as const;
type Table = (typeof tables)[number];

/**
 * A message in the outbox is published by the process that owns its stream, and events are also read from their table.
 * So the database accepts from a service only messages that the service may send. A written message cannot be changed,
 * only deleted.
 */
function policies(table: Table, schema: string): readonly string[] {
  const on = `ON ${name(schema)}.${table}`;
  const all = groupRoles.map(name).join(', ');
  return [
    // Row security hides no rows from readers; the privilege to read the table is still needed.
    `${on} FOR SELECT TO PUBLIC USING (true)`,
    ...['UPDATE', 'DELETE'].map((what) => `${on} FOR ${what} TO ${all} USING (true)`),
    ...serviceNames.map(
      (service) =>
        `${on} FOR INSERT TO ${name(groupRole(service))} WITH CHECK (${written[table](service)})`,
    ),
  ];
}

const among = (text: string, known: readonly string[]): string =>
  known.length === 0 ? 'false' : `${text} IN (${known.map(literal).join(', ')})`;

/** What a service may insert. */
const written: Readonly<Record<Table, (service: ServiceName) => string>> = {
  /** In the stream of its kind, so that only those take it over who may send it. */
  outbox: (service) => {
    const { events, casts, notifications } = streamKindsOf(service);
    const stream = kindOf('aggregate');
    return [
      `kind = 'event' AND ${among(stream, [events])} AND ${among('routing_key', messagesOfService(service).publishes)}`,
      `kind = 'notification' AND ${among(stream, notifications)}`,
      `kind = 'cast' AND ${among(stream, casts)} AND ${stream} = split_part(routing_key, '.', 1)`,
    ].join(' OR ');
  },
  events: (service) => among('type', messagesOfService(service).publishes),
};

/** Puts them on the tables of the schema. To be called in a transaction. */
export async function applyMessagePolicies(client: pg.Client, schema: string): Promise<void> {
  for (const table of tables) {
    await applyPolicies(client, schema, table);
  }
}

/** A policy that is there is left, for to make it locks out who writes. */
async function applyPolicies(client: pg.Client, schema: string, table: Table): Promise<void> {
  const on = `${name(schema)}.${table}`;
  const wanted = new Map(policies(table, schema).map((policy) => [policyName(policy), policy]));
  const { rows } = await client.query<{ name: string }>(
    'SELECT policyname::text AS name FROM pg_policies WHERE schemaname = $1 AND tablename = $2',
    [schema, table],
  );
  const there = new Set(rows.map((row) => row.name));
  const statements = [
    ...[...there]
      .filter((each) => !wanted.has(each))
      .map((each) => `DROP POLICY ${name(each)} ON ${on}`),
    ...[...wanted]
      .filter(([each]) => !there.has(each))
      .map(([each, policy]) => `CREATE POLICY ${name(each)} ${policy}`),
  ];
  if (statements.length > 0) {
    await client.query([...statements, `ALTER TABLE ${on} ENABLE ROW LEVEL SECURITY`].join(';\n'));
  }
}

/** Contains a digest of the policy's text, so that a changed policy has another name. */
const policyName = (policy: string): string =>
  `metalcast_${createHash('sha256').update(policy).digest('hex').slice(0, 16)}`;
