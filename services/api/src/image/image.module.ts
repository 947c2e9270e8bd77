import {
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ImageDataController } from './data/image-data.controller.js';
import { ImageImportController } from './data/image-import.controller.js';
import { ImageUpload } from './data/image-upload.js';
import { ImageActionsController } from './images/actions.controller.js';
import { ImagesController } from './images/images.controller.js';
import { Images } from './images/images.js';
import { ImageMembersController } from './images/members.controller.js';
import { ImageTagsController } from './images/tags.controller.js';
import { SchemasController } from './schemas/schemas.controller.js';
import { ImageDirectory } from './store/image-directory.js';
import { ImageSweep } from './store/image-sweep.js';
import { Inspections } from './store/inspections.js';
import { StoredInspection } from './store/stored-inspection.js';

/** The built-in image API under /image/v2, for installations without Glance. */
@Module({
  controllers: [
    ImagesController,
    ImageTagsController,
    ImageActionsController,
    ImageMembersController,
    ImageDataController,
    ImageImportController,
    SchemasController,
  ],
  providers: [ImageDirectory, Images, ImageSweep, ImageUpload, Inspections, StoredInspection],
})
export class ImageModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(ImageSweep) private readonly sweep: ImageSweep,
    @Inject(StoredInspection) private readonly storedInspection: StoredInspection,
  ) {}

  onApplicationBootstrap(): void {
    this.sweep.start();
    this.storedInspection.start();
  }

  /** Nest calls the hooks of the providers first: by now the uploads have ended. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.sweep.stop(), this.storedInspection.stop()]);
  }
}
