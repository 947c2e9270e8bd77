import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Database } from '@metalcast/db';
import type { OptionTable } from '@metalcast/config';
import type { ServiceContext } from '../start/context.js';

/** Token of the service's `ServiceContext`: what its providers are made of. */
export const SERVICE = Symbol('service context');

/** Token of the service's `Logger`. */
export const LOGGER = Symbol('logger');

/** What `serve` opened before the application is made, and closes after it: every module may inject it. */
@Global()
@Module({})
export class ServiceModule {
  static of<T extends OptionTable>(context: ServiceContext<T>): DynamicModule {
    return {
      module: ServiceModule,
      providers: [
        { provide: SERVICE, useValue: context },
        { provide: LOGGER, useValue: context.logger },
        { provide: Database, useValue: context.database },
      ],
      exports: [SERVICE, LOGGER, Database],
    };
  }
}
