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
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
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
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Get()
  @Policy('get_images')
  async list(
    @Query(zod(listQuery)) query: ListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const { images, next } = await listImages(this.database.prisma, caller, {
      query,
      most: this.config.maxListed,
    });
    return {
      images: images.map(imageView),
      first: pagePath(query, undefined),
      ...(next === undefined ? {} : { next: pagePath(query, next) }),
      schema: '/v2/schemas/images',
    };
  }

  @Get(':id')
  @Policy('get_image')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return imageView(await visibleImage(this.database.prisma, caller, id));
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
    return imageView(image);
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
    return imageView(await this.images.change(caller, id, patch));
  }

  @Delete(':id')
  @Policy('delete_image')
  @HttpCode(204)
  async delete(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.images.delete(caller, id);
  }
}

function pagePath(query: ListQuery, marker: string | undefined): string {
  const asked = Object.entries({ ...query, marker })
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => [value].flat().map((item): [string, string] => [key, String(item)]));
  return `/v2/images?${new URLSearchParams(asked).toString()}`;
}
