import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OsloModule, OsloServer, type OsloServerOptions } from '@metalcast/rpc';
import type { OptionTable } from '@metalcast/config';
import type { Running, ServiceContext } from '../start/context.js';
import { nestQuietly } from './nest-logger.js';
import { SERVICE, ServiceModule } from './service-module.js';

/** What it consumes. */
export type Consumed = Pick<OsloServerOptions, 'topics' | 'events'>;

export interface Microservice extends Running {
  /**
   * Runs the hooks `onModuleInit` and `onApplicationBootstrap`, then settles when the topics and events are consumed;
   * waits for the broker without limit. Rejects when it is closed meanwhile.
   */
  listen(): Promise<void>;
}

/**
 * The share of the time limit of a stop that handlers under way get; unfinished messages are delivered again. The rest
 * is for a broker that does not answer, and for the hooks, which give back what this process holds.
 */
const drainShare = 0.25;

@Module({})
class MicroserviceRoot {}

/** The start of a service that is one Nest microservice. */
export function microservice(
  module: Type | DynamicModule,
  consumed: Consumed,
): <T extends OptionTable>(context: ServiceContext<T>) => Promise<Running> {
  return async (context) => {
    const app = await openMicroservice(context, module, consumed);
    context.began(app);
    await app.listen();
    return app;
  };
}

/**
 * A Nest application on the service's connection, of which every module may inject what `ServiceModule` has, and
 * `OsloServer`. It is closed in this order: nothing more is consumed, and handlers under way have ended or had their
 * share of the time; then the hooks
 * `onModuleDestroy`, `beforeApplicationShutdown` and `onApplicationShutdown`, each of them first in modules that import
 * others. `enableShutdownHooks` is not used: `serve` has the process's signals.
 */
export async function openMicroservice<T extends OptionTable>(
  context: ServiceContext<T>,
  module: Type | DynamicModule,
  consumed: Consumed,
): Promise<Microservice> {
  const oslo = OsloModule.forRootAsync({
    inject: [SERVICE],
    useFactory: ({ rpc: connection, config }: ServiceContext) => ({
      ...consumed,
      connection,
      prefetch: Math.min(config.prefetch, config.databasePool),
      drainMs: config.shutdownMs * drainShare,
    }),
  });
  // The service's module comes last: its own filters come before those of the transport.
  const root: DynamicModule = {
    module: MicroserviceRoot,
    imports: [ServiceModule.of(context), oslo, module],
  };
  const app = await NestFactory.createMicroservice(root, {
    inject: [OsloServer],
    useFactory: (strategy: OsloServer) => ({ strategy }),
    ...nestQuietly(context.logger),
  });
  return {
    listen: async () => {
      await app.listen();
    },
    close: () => app.close(),
  };
}
