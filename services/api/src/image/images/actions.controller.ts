import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Policy } from '../../http/access/policy.decorator.js';
import { Images } from './images.js';

/** An administrator withdraws an image from use, for instance while it is suspect, and gives it back. */
@Controller('image/v2/images/:id/actions')
export class ImageActionsController {
  constructor(@Inject(Images) private readonly images: Images) {}

  @Post('deactivate')
  @Policy('deactivate')
  @HttpCode(204)
  async deactivate(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.images.setActive(caller, id, 'deactivate');
  }

  @Post('reactivate')
  @Policy('reactivate')
  @HttpCode(204)
  async reactivate(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.images.setActive(caller, id, 'reactivate');
  }
}
