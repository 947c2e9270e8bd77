// Work that is divided into numbered shares among the live processes of a group; each share is a lease.
import type { Database } from '../database/database.js';
import { hasPassed } from '../sql/has-passed.js';
import { Prisma } from '../sql/prisma.js';

export interface Group {
  /** Begins the names of its leases. */
  readonly name: string;
  readonly shares: number;
  readonly ttlMs: number;
}

const membersOf = (group: Group): string => `${group.name}.member.`;
const sharesOf = (group: Group): string => `${group.name}.share.`;

/**
 * Renews the owner's membership and shares and takes or leaves some, until it holds its fair part: one statement.
 * Idempotent, to be called well within `ttlMs`; the returned shares are the owner's until then. Shares of a dead
 * member are free after `ttlMs`.
 */
export async function holdShares(
  database: Database,
  group: Group,
  owner: string,
): Promise<ReadonlySet<number>> {
  const rows = await database.statement<{ share: number }>(
    'hold_shares',
    holdStatement(group, owner),
  );
  return new Set(rows.map(({ share }) => share));
}

/**
 * Free shares are found in the rows as of the statement's start, and each is checked once more when it is taken: of two
 * members that want one share, only one gets it.
 */
function holdStatement(group: Group, owner: string): Prisma.Sql {
  const member = `${membersOf(group)}${owner}`;
  const isOver = (lease: string): Prisma.Sql => hasPassed(lease, group.ttlMs);
  const until = Prisma.sql`clock_timestamp() + ${group.ttlMs}::int * interval '1 millisecond'`;
  return Prisma.sql`
    WITH dead AS (
      DELETE FROM leases
       WHERE starts_with(name, ${membersOf(group)}) AND ${isOver('lease_until')} AND name <> ${member}
    ), member AS (
      INSERT INTO leases (name, owner, claim, lease_until) VALUES (${member}, ${owner}, 1, ${until})
      ON CONFLICT (name) DO UPDATE SET lease_until = excluded.lease_until
    ), part AS (
      SELECT ceil(${group.shares}::int / (1.0 + count(*))) AS fair FROM leases
       WHERE starts_with(name, ${membersOf(group)}) AND NOT ${isOver('lease_until')} AND name <> ${member}
    ), mine_or_free AS (
      SELECT ${sharesOf(group)} || s.share AS name, s.share, row_number() OVER (ORDER BY held.mine DESC, s.share) AS place
        FROM generate_series(0, ${group.shares}::int - 1) AS s (share)
        LEFT JOIN leases l ON l.name = ${sharesOf(group)} || s.share
       CROSS JOIN LATERAL (
         SELECT ${isOver('l.lease_until')} IS FALSE AS live,
                (l.owner = ${owner} AND NOT ${isOver('l.lease_until')}) IS TRUE AS mine) AS held
       WHERE held.mine OR NOT held.live
    ), left_to_others AS (
      UPDATE leases l SET owner = NULL, lease_until = NULL FROM mine_or_free m, part
       WHERE l.name = m.name AND l.owner = ${owner} AND m.place > part.fair
    ), taken AS (
      INSERT INTO leases (name, owner, claim, lease_until)
      SELECT m.name, ${owner}, 1, ${until} FROM mine_or_free m, part WHERE m.place <= part.fair ORDER BY m.share
      ON CONFLICT (name) DO UPDATE
         SET owner = excluded.owner, lease_until = excluded.lease_until,
             claim = leases.claim + CASE WHEN leases.owner IS NOT DISTINCT FROM excluded.owner THEN 0 ELSE 1 END
       WHERE leases.owner IS NOT DISTINCT FROM excluded.owner
          OR leases.lease_until IS NULL OR ${isOver('leases.lease_until')}
      RETURNING name
    )
    SELECT m.share FROM taken JOIN mine_or_free m USING (name)`;
}

/** Gives back everything at once. */
export async function leaveGroup(database: Database, group: Group, owner: string): Promise<void> {
  await database.statement(
    'leave_group',
    Prisma.sql`
      WITH member AS (DELETE FROM leases WHERE name = ${`${membersOf(group)}${owner}`})
      UPDATE leases SET owner = NULL, lease_until = NULL
       WHERE starts_with(name, ${sharesOf(group)}) AND owner = ${owner}`,
  );
}
