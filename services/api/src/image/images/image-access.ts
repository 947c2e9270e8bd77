import type { Image, Prisma } from '@metalcast/db';
import type { Sql } from '@metalcast/db/models';
import { Fault, isUuid } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { reachesProject } from '../../policy/ownership.js';
import { isAllowedForOthers, type Rule } from '../../policy/policy.js';
import { forbidden } from './image-patch.js';

/** The condition for lists: public images and the project's own; community images only on request. */
export function visibleTo(caller: Caller, visibility: string | undefined): Prisma.ImageWhereInput {
  if (isAllowedForOthers('get_images', caller)) {
    return {};
  }
  const open = visibility === 'community' ? 'community' : 'public';
  return { OR: [{ visibility: open }, { owner: caller.projectId }] };
}

/** The image. Fault NOT_FOUND when it is not visible to the caller; clients look names up here first and rely on it. */
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

/** The image, with its row locked until the transaction ends. Fault FORBIDDEN when it is beyond the rule's reach. */
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
