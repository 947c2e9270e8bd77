import type { Image, Prisma } from '@metalcast/db';
import type { Sql } from '@metalcast/db/models';
import { Fault, isUuid } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { reachesProject } from '../../policy/ownership.js';
import { isAllowedForOthers, type Rule } from '../../policy/policy.js';
import { forbidden } from './image-patch.js';

/** What a list shows: public images and the project's own; community images only when asked for. */
export function visibleTo(caller: Caller, visibility: string | undefined): Prisma.ImageWhereInput {
  if (isAllowedForOthers('get_images', caller)) {
    return {};
  }
  const open = visibility === 'community' ? 'community' : 'public';
  return { OR: [{ visibility: open }, { owner: caller.projectId }] };
}

/** The image, if it exists for the caller. Clients look names up here first: they get NOT_FOUND too. */
export async function visibleImage(sql: Sql, caller: Caller, id: string): Promise<Image> {
  const image = isUuid(id) ? await sql.image.findUnique({ where: { id } }) : null;
  const open = image?.visibility === 'public' || image?.visibility === 'community';
  if (image === null || !(open || reachesProject('get_image', caller, image.owner))) {
    throw new Fault(
      'NOT_FOUND',
      { what: 'Image', id },
      { message: `No image found with ID ${id}` },
    );
  }
  return image;
}

/** The image, if the rule lets the caller change it; its row is locked until the transaction ends. */
export async function lockOwnImage(
  sql: Sql,
  rule: Rule,
  caller: Caller,
  id: string,
): Promise<Image> {
  if (isUuid(id)) {
    await sql.$queryRaw`SELECT 1 FROM images WHERE id = ${id}::uuid FOR UPDATE`;
  }
  const image = await visibleImage(sql, caller, id);
  if (!reachesProject(rule, caller, image.owner)) {
    throw forbidden('You are not permitted to modify this image.');
  }
  return image;
}
