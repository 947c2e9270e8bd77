// Work that is divided into numbered shares among the live processes of a group; each share is a lease.
import type { Database } from './database.js';
import { acquireLease, releaseLease } from './leases.js';

export interface Group {
  /** Begins the names of its leases. */
  readonly name: string;
  readonly shares: number;
  readonly ttlMs: number;
}

const memberName = (group: Group, owner: string): string => `${group.name}.member.${owner}`;
const shareName = (group: Group, share: number): string => `${group.name}.share.${share}`;

/**
 * Renews the owner's membership and shares and takes or leaves some, until it holds its fair part. Repeatable, to be
 * called well within `ttlMs`; the shares told are the owner's until then. What a dead member held is free after `ttlMs`.
 */
export async function holdShares(
  database: Database,
  group: Group,
  owner: string,
): Promise<ReadonlySet<number>> {
  const held = new Set(await renewShares(database, group, owner));
  const fair = Math.ceil(group.shares / (await countMembers(database, group, owner)));
  for (const share of held) {
    if (held.size <= fair) {
      break;
    }
    held.delete(share);
    await releaseLease(database, shareName(group, share), owner);
  }
  for (const share of await freeShares(database, group)) {
    if (held.size >= fair) {
      break;
    }
    const name = shareName(group, share);
    if ((await acquireLease(database, name, owner, group.ttlMs)) !== undefined) {
      held.add(share);
    }
  }
  return held;
}

/** Gives back everything at once. */
export async function leaveGroup(database: Database, group: Group, owner: string): Promise<void> {
  await database.sql.$executeRaw`
    UPDATE leases SET owner = NULL, lease_until = NULL
     WHERE starts_with(name, ${`${group.name}.share.`}) AND owner = ${owner}`;
  await database.sql.$executeRaw`DELETE FROM leases WHERE name = ${memberName(group, owner)}`;
}

async function renewShares(database: Database, group: Group, owner: string): Promise<number[]> {
  const prefix = `${group.name}.share.`;
  const rows = await database.sql.$queryRaw<{ name: string }[]>`
    UPDATE leases SET lease_until = clock_timestamp() + ${group.ttlMs} * interval '1 millisecond'
     WHERE starts_with(name, ${prefix}) AND owner = ${owner} AND lease_until > clock_timestamp()
    RETURNING name`;
  return rows.map(({ name }) => Number(name.slice(prefix.length)));
}

/** Members that live, the owner among them; the dead are forgotten. */
async function countMembers(database: Database, group: Group, owner: string): Promise<number> {
  const prefix = `${group.name}.member.`;
  await acquireLease(database, memberName(group, owner), owner, group.ttlMs);
  await database.sql.$executeRaw`
    DELETE FROM leases WHERE starts_with(name, ${prefix}) AND lease_until < clock_timestamp()`;
  const [members] = await database.sql.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM leases WHERE starts_with(name, ${prefix})`;
  return Math.max(1, members?.count ?? 0);
}

/** Shares that nobody holds now. */
async function freeShares(database: Database, group: Group): Promise<number[]> {
  const prefix = `${group.name}.share.`;
  const rows = await database.sql.$queryRaw<{ name: string }[]>`
    SELECT name FROM leases WHERE starts_with(name, ${prefix}) AND lease_until > clock_timestamp()`;
  const taken = new Set(rows.map(({ name }) => Number(name.slice(prefix.length))));
  return Array.from({ length: group.shares }, (_, share) => share).filter(
    (share) => !taken.has(share),
  );
}
