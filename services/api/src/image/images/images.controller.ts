import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { FastifyReply } from 'fastify';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { Paging } from '../../http/answers/paging.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { visibleImage } from './image-access.js';
import { listImages, listQuery, type ListQuery } from './image-list.js';
import {
  imagePatch,
  newImageRequest,
  type ImagePatch,
  type NewImageRequest,
} from './image.schema.js';
import { imageView } from './image.view.js';
import { Images } from './images.js';

@Controller('image/v2/images')
export class ImagesController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Images) private readonly images: Images,
    @Inject(Links) private readonly links: Links,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get()
  @Policy('get_images')
  async list(
    @Query(zod(listQuery)) query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const { rows, next } = await this.paging.page(query, {
      read: (take) => listImages(this.database.prisma, caller, query, take),
      keyOf: ({ id }) => id,
    });
    return {
      images: rows.map((image) => imageView(this.links, image)),
      first: this.links.imagePage(query),
      ...(next === undefined ? {} : { next: this.links.imagePage(query, next) }),
      schema: this.links.image('schemas', 'images'),
    };
  }

  @Get(':id')
  @Policy('get_image')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return imageView(this.links, await visibleImage(this.database.prisma, caller, id));
  }

  @Post()
  @Policy('add_image')
  @HttpCode(201)
  async create(
    @Body(zod(newImageRequest)) request: NewImageRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const image = await this.images.create(caller, request);
    reply.header('location', this.links.at('image', 'v2', 'images', image.id));
    return imageView(this.links, image);
  }

  @Patch(':id')
  @Policy('modify_image')
  async update(
    @Param('id') id: string,
    @Headers('content-type') contentType: string,
    @Body(zod(imagePatch)) patch: ImagePatch,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    if (!contentType.includes('json-patch')) {
      const reason = 'The content type must be application/openstack-images-v2.1-json-patch.';
      throw new Fault('UNSUPPORTED_MEDIA', { reason });
    }
    return imageView(this.links, await this.images.change(caller, id, patch));
  }

  @Delete(':id')
  @Policy('delete_image')
  @HttpCode(204)
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.images.delete(caller, id);
  }
}
