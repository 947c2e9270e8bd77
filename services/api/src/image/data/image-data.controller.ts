import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Inject, Param, Put, Req, Res } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, imageStatus } from '@metalcast/domain';
import { Shares } from '@metalcast/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Policy } from '../../http/access/policy.decorator.js';
import type { ApiConfig } from '../../config.js';
import { continueBody } from '../../http/access/admission.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { byteRange } from './byte-range.js';
import { visibleImage } from '../images/image-access.js';
import { forbidden } from '../images/image-patch.js';
import { isAllowed } from '../../policy/policy.js';
import { ImageDirectory } from '../store/image-directory.js';
import { ImageUpload } from './image-upload.js';

/**
 * One user's share of the connections for uploads. An upload that waits for its turn keeps its connection, even when
 * its client is gone.
 */
const shareOfUploads = 1 / 8;

/** Uploads and downloads of image bytes, always as streams. */
@Controller('image/v2/images/:id/file')
export class ImageDataController {
  private readonly uploadsOf = new Shares();

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(ImageDirectory) private readonly directory: ImageDirectory,
    @Inject(ImageUpload) private readonly uploads: ImageUpload,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Put()
  @Policy('upload_image')
  @HttpCode(204)
  async upload(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { body } = request;
    if (!(body instanceof Readable)) {
      const reason = 'The content type must be application/octet-stream.';
      throw new Fault('UNSUPPORTED_MEDIA', { reason });
    }
    const most = Math.ceil(this.config.maxConnections * shareOfUploads);
    if (!this.uploadsOf.take(caller.userId, most, reply.raw)) {
      const reason = `A user may have ${most} uploads at the same time. Try again in 1 s.`;
      throw new Fault('TOO_MANY_REQUESTS', { reason, retryAfterSeconds: 1 });
    }
    const length = request.headers['content-length'];
    await this.uploads.upload(caller, id, {
      source: body,
      length: length === undefined ? undefined : Number(length),
      accept: () => {
        continueBody(request, reply);
      },
    });
  }

  @Get()
  @Policy('download_image')
  async download(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const image = await visibleImage(this.database.prisma, caller, id);
    if (image.status === imageStatus.deactivated && !isAllowed('reactivate', caller)) {
      throw forbidden(`Image ${id} is deactivated: its bytes are not given out.`);
    }
    if (image.sha256 === null || image.size === null) {
      await reply.code(204).send();
      return;
    }
    const size = Number(image.size);
    const range = byteRange(request.headers.range, size);
    const bytes = await this.directory.read(image, range);
    reply.header('accept-ranges', 'bytes').type('application/octet-stream');
    if (range === undefined) {
      reply.header('content-length', size).header('content-md5', image.checksum ?? '');
    } else {
      const { start, end } = range;
      reply.code(206).header('content-length', end - start + 1);
      reply.header('content-range', `bytes ${start}-${end}/${size}`);
    }
    if (request.method === 'HEAD') {
      bytes.destroy();
      await reply.send(Readable.from([]));
      return;
    }
    await reply.send(bytes);
  }
}
