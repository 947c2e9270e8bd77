import {
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Topic } from '@metalcast/contracts';
import type { ClientOptions } from '../client/client.js';
import { RpcConnection } from '../connection.js';
import { OsloClientProxy } from './oslo-client.js';
import { OsloServer, type OsloServerOptions } from './oslo-server.js';
import { RethrowFilter } from './rethrow-filter.js';

export interface OsloAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...injected: never[]) => OsloServerOptions | Promise<OsloServerOptions>;
}

const OPTIONS = Symbol('oslo options');

const clientToken = ({ topic }: Topic): string => `oslo client of ${topic}`;

/** The client that `OsloModule.registerClient` made for the topic: an `OsloClient<typeof topic>`. */
export const InjectClient = (topic: Topic): ParameterDecorator => Inject(clientToken(topic));

/**
 * oslo.messaging for a Nest application: the connection, and the transport strategy, by which the application is made:
 *
 *     NestFactory.createMicroservice(AppModule, { inject: [OsloServer], useFactory: (strategy) => ({ strategy }) })
 *
 * Errors of handlers reach the transport unchanged. Filters of the application at classes and methods come before that,
 * and so does an APP_FILTER of a module that is imported after this one.
 */
@Module({})
export class OsloModule {
  static forRoot(options: OsloServerOptions): DynamicModule {
    return OsloModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: OsloAsyncOptions): DynamicModule {
    return {
      module: OsloModule,
      global: true,
      imports,
      providers: [
        { provide: OPTIONS, inject, useFactory },
        {
          provide: RpcConnection,
          inject: [OPTIONS],
          useFactory: ({ connection }: OsloServerOptions) => connection,
        },
        {
          provide: OsloServer,
          inject: [OPTIONS],
          useFactory: (options: OsloServerOptions) => new OsloServer(options),
        },
        { provide: APP_FILTER, useClass: RethrowFilter },
      ],
      exports: [RpcConnection, OsloServer],
    };
  }

  /** A client of the topic, on the application's connection; asked for with `@InjectClient(topic)`. */
  static registerClient(topic: Topic, defaults: ClientOptions): DynamicModule {
    const provide = clientToken(topic);
    return {
      module: OsloModule,
      providers: [
        {
          provide,
          inject: [RpcConnection],
          useFactory: (connection: RpcConnection) =>
            new OsloClientProxy(connection, topic, defaults),
        },
      ],
      exports: [provide],
    };
  }
}
