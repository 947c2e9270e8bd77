import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isUniqueViolation, Prisma, type Image } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, imageStatus } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { parseWith } from '../../http/requests/zod-pipe.js';
import { lockOwnImage } from './image-access.js';
import { removeUnusedBytes } from '../store/image-bytes.js';
import { ImageDirectory } from '../store/image-directory.js';
import { moveImages } from '../store/move-images.js';
import { reachesProject } from '../../policy/ownership.js';
import { requireAllowed } from '../../policy/policy.js';
import { documentOf, forbidden, patched } from './image-patch.js';
import {
  imageDocument,
  type ImageDocument,
  type ImagePatch,
  type NewImageRequest,
} from './image.schema.js';

/** Creates, changes and deletes images; `ImageUpload` takes their bytes in. */
@Injectable()
export class Images {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(ImageDirectory) private readonly directory: ImageDirectory,
  ) {}

  /** A new image without bytes. Names need not be unique. Faults: FORBIDDEN, CONFLICT (id taken). */
  async create(caller: Caller, request: NewImageRequest): Promise<Image> {
    const { id, owner, ...rest } = request;
    const document = parseWith(imageDocument, rest);
    requireRights(caller, document, owner);
    const data = {
      ...columnsOf(document),
      id: id ?? randomUUID(),
      owner: owner ?? caller.projectId,
    };
    try {
      return await this.database.prisma.image.create({ data });
    } catch (error) {
      if (isUniqueViolation(error)) {
        throw new Fault('CONFLICT', { reason: `Image ID ${data.id} already exists!` });
      }
      throw error;
    }
  }

  async change(caller: Caller, id: string, patch: ImagePatch): Promise<Image> {
    return this.database.transaction(async ({ sql }) => {
      const image = await lockOwnImage(sql, 'modify_image', caller, id);
      const document = parseWith(imageDocument, patched(documentOf(image), patch));
      if (document.visibility !== image.visibility) {
        requireRights(caller, document, undefined);
      }
      requireSameFormat(image, document);
      return sql.image.update({ where: { id }, data: columnsOf(document) });
    });
  }

  /** Changes the tags alone. Faults: BAD_REQUEST (too many, too long), and what `change` throws. */
  async changeTags(
    caller: Caller,
    id: string,
    change: (tags: readonly string[]) => readonly string[],
  ): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      const image = await lockOwnImage(sql, 'modify_image', caller, id);
      const document = { ...documentOf(image), tags: change(image.tags) };
      const { tags } = parseWith(imageDocument, document);
      await sql.image.update({ where: { id }, data: { tags } });
    });
  }

  /**
   * Withdraws an image from use, or gives it back: then one that was refused is looked at again. Idempotent.
   * Fault FORBIDDEN for an image that is not active.
   */
  async setActive(caller: Caller, id: string, event: 'deactivate' | 'reactivate'): Promise<void> {
    await this.database.transaction(async ({ sql }) => {
      const { status } = await lockOwnImage(sql, event, caller, id);
      const after = event === 'deactivate' ? imageStatus.deactivated : imageStatus.active;
      const moved = await moveImages(sql, event, Prisma.sql`id = ${id}::uuid`);
      if (moved.length === 0 && status !== after) {
        throw forbidden(`Image ${id} is ${status}: only an active image can be deactivated.`);
      }
      if (event === 'reactivate') {
        await sql.image.update({ where: { id }, data: { refused: null } });
      }
    });
  }

  /** The bytes stay while another image has the same ones. Servers made from the image are not touched. */
  async delete(caller: Caller, id: string): Promise<void> {
    const { sha256 } = await this.database.transaction(async ({ sql }) => {
      const image = await lockOwnImage(sql, 'delete_image', caller, id);
      if (image.protected) {
        throw forbidden(`Image ${id} is protected and cannot be deleted.`);
      }
      return sql.image.delete({ where: { id } });
    });
    if (sha256 !== null) {
      await removeUnusedBytes(this.database, this.directory, sha256);
    }
  }
}

function requireRights(
  caller: Caller,
  { visibility }: ImageDocument,
  owner = caller.projectId,
): void {
  if (visibility === 'public') {
    requireAllowed('publicize_image', caller);
  }
  if (!reachesProject('add_image', caller, owner)) {
    throw forbidden(`You are not permitted to create images owned by '${owner}'.`);
  }
}

function requireSameFormat(image: Image, document: ImageDocument): void {
  const same =
    image.diskFormat === document.disk_format &&
    image.containerFormat === document.container_format;
  if (image.status !== imageStatus.queued && !same) {
    throw forbidden(
      'disk_format and container_format can be changed only while an image is queued.',
    );
  }
}

const columnsOf = (document: ImageDocument) => ({
  name: document.name,
  diskFormat: document.disk_format,
  containerFormat: document.container_format,
  visibility: document.visibility,
  protected: document.protected,
  minDisk: document.min_disk,
  minRam: document.min_ram,
  tags: document.tags,
  properties: document.properties,
});
