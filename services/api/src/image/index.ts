import { ModelDatabase } from '@metalcast/db/models';
import type { Logger } from '@metalcast/log';
import type { ApiConfig } from '../config.js';
import { API_CONFIG, LOGGER, type ApiPart } from '../http/api-part.js';
import { ImageDataController } from './data/image-data.controller.js';
import { ImageDirectory } from './store/image-directory.js';
import { ImageSweep } from './store/image-sweep.js';
import { ImageUpload } from './data/image-upload.js';
import { ImagesController } from './images/images.controller.js';
import { Images } from './images/images.js';
import { SchemasController } from './schemas/schemas.controller.js';

const slowBytesPerSecond = 8 * 1024;

/** The built-in image API under /image/v2: it stands in where there is no Glance. */
export const imageApi: ApiPart = {
  controllers: [ImagesController, ImageDataController, SchemasController],
  providers: [
    {
      provide: ImageDirectory,
      inject: [API_CONFIG],
      useFactory: ({ imageDirectory }: ApiConfig) => new ImageDirectory(imageDirectory),
    },
    {
      provide: Images,
      inject: [ModelDatabase, ImageDirectory],
      useFactory: (database: ModelDatabase, directory: ImageDirectory) =>
        new Images(database, directory),
    },
    {
      provide: ImageUpload,
      inject: [ModelDatabase, ImageDirectory, API_CONFIG],
      useFactory: (
        database: ModelDatabase,
        directory: ImageDirectory,
        { maxImageBytes: maxBytes, uploadSilenceSeconds: seconds }: ApiConfig,
      ) =>
        new ImageUpload(database, directory, {
          maxBytes,
          silenceMs: seconds * 1000,
          slowMs: seconds * 1000,
          slowBytes: seconds * slowBytesPerSecond,
        }),
    },
    {
      provide: ImageSweep,
      inject: [ModelDatabase, ImageDirectory, LOGGER],
      useFactory: (database: ModelDatabase, directory: ImageDirectory, logger: Logger) =>
        new ImageSweep(database, directory, logger),
    },
  ],
};
