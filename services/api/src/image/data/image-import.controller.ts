import { Controller, Post } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { Policy } from '../../http/access/policy.decorator.js';

/** Glance fetches images from elsewhere by itself; here the bytes come from the client. */
@Controller('image/v2/images/:id/import')
@Policy('upload_image')
export class ImageImportController {
  @Post()
  import(): never {
    throw new Fault('NOT_IMPLEMENTED', {
      reason: 'Images are not imported: upload the bytes with PUT /v2/images/ID/file.',
    });
  }
}
