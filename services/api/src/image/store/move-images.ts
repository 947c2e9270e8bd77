import { among, Prisma, word, type Queries } from '@metalcast/db';
import { imageStates, type ImageEvent } from '@metalcast/domain';

/** What an image has when its bytes are there. */
export interface ImageBytes {
  readonly size: number;
  readonly virtualSize: number;
  readonly sha256: string;
  readonly checksum: string;
}

/**
 * Takes an edge of the table of images, for each of the images `which` whose status has that edge; the others stay as
 * they are. The only writer of an image's status. Returns the ids of those that moved.
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
        , sha256 = ${bytes.sha256}::text, checksum = ${bytes.checksum}::text`;
