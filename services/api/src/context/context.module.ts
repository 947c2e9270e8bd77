import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { RpcConnection } from '@metalcast/rpc';
import type { ApiContext } from '../config.js';
import { Links } from '../http/answers/links.js';
import { Paging } from '../http/answers/paging.js';
import { API_CONFIG, API_KEYS, LOGGER } from './injection-tokens.js';

/** What every module can inject: the service's configuration and connections, links and paging. */
@Global()
@Module({})
export class ContextModule {
  static register({ config, database, keys, rpc, logger }: ApiContext): DynamicModule {
    const providers: Provider[] = [
      { provide: API_CONFIG, useValue: config },
      { provide: API_KEYS, useValue: keys },
      { provide: LOGGER, useValue: logger },
      { provide: ModelDatabase, useValue: database },
      { provide: RpcConnection, useValue: rpc },
      Links,
      Paging,
    ];
    return { module: ContextModule, providers, exports: providers };
  }
}
