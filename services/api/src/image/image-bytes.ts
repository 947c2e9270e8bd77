import type { Sql } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import type { ImageDirectory } from './image-directory.js';

/** All who keep or remove the bytes of one hash wait here for each other, to the end of the transaction. */
export async function lockBytes(sql: Sql, sha256: string): Promise<void> {
  await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`image:${sha256}`}, 0))`;
}

/**
 * Removes the bytes unless an image has them. The one file operation inside of a transaction, where an upload
 * of the same bytes cannot come between the look and the removal; repeatable, as a transaction must be.
 */
export async function removeUnusedBytes(
  database: ModelDatabase,
  directory: ImageDirectory,
  sha256: string,
): Promise<void> {
  await database.transaction(async ({ sql }) => {
    await lockBytes(sql, sha256);
    if ((await sql.image.count({ where: { sha256 } })) === 0) {
      await directory.remove(sha256);
    }
  });
}
