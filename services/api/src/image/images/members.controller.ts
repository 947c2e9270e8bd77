import { Controller, Delete, Get, Post, Put } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { Policy } from '../../http/access/policy.decorator.js';

/**
 * Glance shares an image of visibility `shared` with single projects. Here such an image is its owner's alone, and who
 * asks for members hears so.
 */
@Controller('image/v2/images/:id/members')
export class ImageMembersController {
  @Get()
  @Policy('get_image')
  list(): never {
    throw notShared();
  }

  @Post()
  @Policy('modify_image')
  add(): never {
    throw notShared();
  }

  @Get(':member')
  @Policy('get_image')
  show(): never {
    throw notShared();
  }

  @Put(':member')
  @Policy('get_image')
  update(): never {
    throw notShared();
  }

  @Delete(':member')
  @Policy('modify_image')
  remove(): never {
    throw notShared();
  }
}

const notShared = (): Fault =>
  new Fault('NOT_IMPLEMENTED', {
    reason: 'Images are not shared with single projects: make it public or community.',
  });
