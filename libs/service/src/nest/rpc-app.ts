import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, Type } from '@nestjs/common';
import { OsloServer } from '@metalcast/rpc';
import type { Topic } from '@metalcast/contracts';
import type { OptionTable } from '@metalcast/config';
import type { Running, ServiceContext } from '../start/context.js';
import { nestQuietly } from './nest-logger.js';

export interface RpcApp extends Running {
  /** The transport: a worker without room can pause its topic. */
  readonly server: OsloServer;
  /** A provider of the module. */
  get<T>(token: Type<T> | symbol | string): T;
}

export interface OpenRpcApp extends RpcApp {
  /** Settles when the topic is consumed; waits for the broker without limit. Rejects when it is closed meanwhile. */
  listen(): Promise<void>;
}

/** Serves `topic` by the controllers of a Nest module, on the service's connection. */
export async function startRpcApp<T extends OptionTable>(
  context: ServiceContext<T>,
  topic: Topic,
  module: DynamicModule | Type<unknown>,
): Promise<RpcApp> {
  const app = await openRpcApp(context, topic, module);
  await app.listen();
  return app;
}

/** Like `startRpcApp`, but does not listen yet: for services with other work before the broker is there. */
export async function openRpcApp<T extends OptionTable>(
  context: ServiceContext<T>,
  topic: Topic,
  module: DynamicModule | Type<unknown>,
): Promise<OpenRpcApp> {
  const { prefetch, databasePool } = context.config as ServiceContext['config'];
  const server = new OsloServer({
    connection: context.rpc,
    topics: [topic],
    prefetch: Math.min(prefetch, databasePool),
  });
  const app = await NestFactory.createMicroservice(module, {
    strategy: server,
    ...nestQuietly(context.logger),
  });
  return {
    server,
    listen: async () => {
      await app.listen();
    },
    get: (token) => app.get(token),
    close: () => app.close(),
  };
}
