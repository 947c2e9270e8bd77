import type { InspectedImage } from '@metalcast/disk-image';
import { among, Prisma, word, type Queries } from '@metalcast/db';
import { imageStates, type ImageEvent } from '@metalcast/domain';

/** The columns of an image that has its bytes. */
export interface ImageBytes extends InspectedImage {
  readonly size: number;
  readonly sha256: string;
  readonly checksum: string;
}

/**
 * Moves the images `which` along an edge of the state table; images whose status has no such edge stay. Nothing else
 * writes an image's status. Returns the ids of the moved images.
 */
export async function moveImages(
  sql: Pick<Queries, '$queryRaw'>,
  event: ImageEvent,
  which: Prisma.Sql,
  bytes?: ImageBytes,
): Promise<string[]> {
  const sources = imageStates.sources(event);
  const edges = sources.map(
    (from) => Prisma.sql`WHEN ${word(from)} THEN ${word(imageStates.next(from, event) ?? from)}`,
  );
  const moved = await sql.$queryRaw<{ id: string }[]>`
    UPDATE images SET status = CASE status ${Prisma.join(edges, ' ')} END ${setBytes(bytes)}
     WHERE status IN ${among(sources)} AND ${which}
    RETURNING id::text`;
  return moved.map(({ id }) => id);
}

const setBytes = (bytes: ImageBytes | undefined): Prisma.Sql =>
  bytes === undefined
    ? Prisma.empty
    : Prisma.sql`
        , size = ${bytes.size}::bigint, virtual_size = ${bytes.virtualSize}::bigint
        , sha256 = ${bytes.sha256}::text, checksum = ${bytes.checksum}::text
        , facts = ${bytes.facts === null ? null : JSON.stringify(bytes.facts)}::jsonb, refused = NULL`;
