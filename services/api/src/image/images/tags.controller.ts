import { Controller, Delete, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Policy } from '../../http/access/policy.decorator.js';
import { Images } from './images.js';

/** The tags of an image, one by one. */
@Controller('image/v2/images/:id/tags/:tag')
@Policy('modify_image')
export class ImageTagsController {
  constructor(@Inject(Images) private readonly images: Images) {}

  @Put()
  @HttpCode(204)
  async add(
    @Param('id') id: string,
    @Param('tag') tag: string,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.images.changeTags(caller, id, (tags) => [...tags, tag]);
  }

  @Delete()
  @HttpCode(204)
  async remove(
    @Param('id') id: string,
    @Param('tag') tag: string,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.images.changeTags(caller, id, (tags) => {
      if (!tags.includes(tag)) {
        throw new Fault('NOT_FOUND', { what: 'Tag', id: tag });
      }
      return tags.filter((one) => one !== tag);
    });
  }
}
