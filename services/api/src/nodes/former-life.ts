import type { BmcIdentity, Node, Sql } from '@metalcast/db';

type FormerLife = Pick<Node, 'id' | 'epoch' | 'version' | 'dataOf'>;

/**
 * Takes away the row of a removed node of that uuid. The new one goes on with its id, epoch and version, so that tokens,
 * commands and messages of the former life are stale for good; its disks hold what they held.
 */
export async function takeFormerLife(
  sql: Sql,
  uuid: string,
  bmc: BmcIdentity,
): Promise<Partial<FormerLife>> {
  const [former] = await sql.$queryRaw<FormerLife[]>`
    DELETE FROM nodes WHERE uuid = ${uuid}::uuid AND deleted_at IS NOT NULL
    RETURNING id, epoch, version + 1 AS version, data_of::text[] AS "dataOf"`;
  const noted = await takeNotes(sql, bmc);
  return { ...former, dataOf: [...new Set([...(former?.dataOf ?? []), ...noted])] };
}

/**
 * Whose data is on the disks, of removed nodes with this BMC: the machine is the same, whatever it is called now.
 * The note goes along, for its former rows never hear of the next deploy.
 */
async function takeNotes(sql: Sql, { bmcKey, bmcEndpoints }: BmcIdentity): Promise<string[]> {
  const notes = await sql.$queryRaw<{ dataOf: string[] }[]>`
    WITH former AS (
      SELECT id, data_of FROM nodes
       WHERE deleted_at IS NOT NULL AND data_of <> '{}'
         AND (bmc_key = ${bmcKey} OR bmc_endpoints && ${[...bmcEndpoints]}::text[])
       ORDER BY id FOR UPDATE)
    UPDATE nodes SET data_of = '{}' FROM former WHERE nodes.id = former.id
    RETURNING former.data_of::text[] AS "dataOf"`;
  return notes.flatMap(({ dataOf }) => dataOf);
}
