import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { RpcConnection } from '@metalcast/rpc';
import { computeApi } from './compute/index.js';
import type { ApiContext } from './config.js';
import { API_CONFIG, API_KEYS, LOGGER } from './http/api-part.js';
import { Links } from './http/links.js';
import { Paging } from './http/paging.js';
import { identityApi } from './identity/index.js';
import { imageApi } from './image/index.js';
import { metalcastApi } from './metalcast/index.js';
import { networkApi } from './network/index.js';
import {
  OPENAPI_DOCUMENT,
  OpenApiController,
  type DocumentOf,
} from './openapi/openapi.controller.js';
import { VersionsController } from './versions/versions.controller.js';

const parts = [identityApi, imageApi, networkApi, computeApi, metalcastApi];

/** All APIs of the one port. An API's resources are listed in its folder's index.ts. */
@Module({})
export class ApiModule {
  static register(context: ApiContext): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        VersionsController,
        OpenApiController,
        ...parts.flatMap(({ controllers }) => controllers),
      ],
      providers: [...shared(context), ...parts.flatMap(({ providers }) => providers)],
    };
  }
}

/** Loads what makes the documents when the first of them is asked for. */
const documentOf: DocumentOf = async (api, url) => {
  const document = await import('./openapi/document.js');
  return document.documentOf(api, url);
};

/** What every controller may ask for with `@Inject`. */
function shared({ config, database, keys, rpc, logger }: ApiContext): Provider[] {
  const links = new Links(config.publicUrl);
  return [
    { provide: API_CONFIG, useValue: config },
    { provide: API_KEYS, useValue: keys },
    { provide: LOGGER, useValue: logger },
    { provide: ModelDatabase, useValue: database },
    { provide: RpcConnection, useValue: rpc },
    { provide: Links, useValue: links },
    { provide: OPENAPI_DOCUMENT, useValue: documentOf },
    { provide: Paging, useValue: new Paging(links, config.maxListed) },
  ];
}
