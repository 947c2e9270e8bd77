import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { power, scheduler } from '@metalcast/contracts';
import { ModelDatabase } from '@metalcast/db/models';
import { OsloModule, RpcConnection } from '@metalcast/rpc';
import { computeApi } from './compute/index.js';
import type { ApiContext } from './config.js';
import { API_CONFIG, API_KEYS, LOGGER } from './http/api-part.js';
import { Links } from './http/links.js';
import { Paging } from './http/paging.js';
import { identityApi } from './identity/index.js';
import { imageApi } from './image/index.js';
import { metalcastApi } from './metalcast/index.js';
import { networkApi } from './network/index.js';
import { VersionsController } from './versions/versions.controller.js';

const parts = [identityApi, imageApi, networkApi, computeApi, metalcastApi];

/** All APIs of the one port. An API's resources are listed in its folder's index.ts. */
@Module({})
export class ApiModule {
  static register(context: ApiContext): DynamicModule {
    return {
      module: ApiModule,
      // For the clients, which are made on its connection.
      global: true,
      imports: [
        OsloModule.registerClient(scheduler, { timeoutMs: 10_000 }),
        // A BMC may take its time.
        OsloModule.registerClient(power, { timeoutMs: 30_000 }),
      ],
      exports: [RpcConnection],
      controllers: [VersionsController, ...parts.flatMap(({ controllers }) => controllers)],
      providers: [...shared(context), ...parts.flatMap(({ providers }) => providers)],
    };
  }
}

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
    { provide: Paging, useValue: new Paging(links, config.maxListed) },
  ];
}
