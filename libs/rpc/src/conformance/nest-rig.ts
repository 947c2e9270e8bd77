/** What the tests of Nest's applications share. */
import {
  Controller,
  Module,
  type INestMicroservice,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { ArgsOf, CloudEvent, Handlers } from '@metalcast/contracts';
import type { RpcConnection } from '../connection.js';
import type { OsloClient } from '../nest/oslo-client.js';
import { OsloServer, type OsloServerOptions } from '../nest/oslo-server.js';
import { InjectClient, OsloModule } from '../nest/oslo.module.js';
import { RpcController } from '../nest/rpc-controller.js';
import { timeoutMs, unique, type Calc, type Rig } from './rig.js';

export const retry = { delaysMs: [50], tries: 3 };

/** Decorators are applied by hand, because the test runner does not support them. */
function decorate(target: Type, method: string, ...decorators: MethodDecorator[]): void {
  const prototype = target.prototype as object;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  if (descriptor === undefined) throw new Error(`no method ${method}`);
  for (const each of decorators) each(prototype, method, descriptor);
}

function moduleOf(metadata: ModuleMetadata): Type {
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module is its decorator
  class Part {}
  Module(metadata)(Part);
  return Part;
}

/** A controller of the topic, made anew for each test, so that its decorators are. */
export function calcController(topic: Calc, noted: string[] = []): Type<Handlers<Calc>> {
  class CalcHandlers implements Handlers<Calc> {
    add({ a, b }: ArgsOf<Calc, 'add'>): Promise<{ sum: number }> {
      return Promise.resolve({ sum: a + b });
    }

    whoAreYou(): Promise<string> {
      return Promise.resolve('nest');
    }

    fail(): Promise<null> {
      return Promise.reject(new RangeError('boom'));
    }

    note({ text }: ArgsOf<Calc, 'note'>): Promise<void> {
      if (text === 'forbidden') throw new RangeError('boom');
      noted.push(text);
      return Promise.resolve();
    }
  }
  RpcController(topic)(CalcHandlers);
  return CalcHandlers;
}

export type Handle = (event: CloudEvent) => Promise<void>;

/** A controller with one handler of events. */
export function eventController(pattern: string | readonly string[], handle: Handle): Type {
  class EventHandlers {
    on(event: CloudEvent): Promise<void> {
      return handle(event);
    }
  }
  Controller()(EventHandlers);
  decorate(EventHandlers, 'on', EventPattern(pattern));
  Payload()(EventHandlers.prototype, 'on', 0);
  return EventHandlers;
}

export interface NestRig {
  /** An application that listens. */
  readonly started: (
    options: Omit<OsloServerOptions, 'connection'>,
    module: ModuleMetadata,
  ) => Promise<{ app: INestMicroservice; conn: RpcConnection }>;
  /** The client that an application of its own injects into its provider. */
  readonly clientOf: (topic: Calc) => Promise<OsloClient<Calc>>;
}

export function nestRigOf({ connect, closing }: Rig): NestRig {
  async function started(options: Omit<OsloServerOptions, 'connection'>, module: ModuleMetadata) {
    const conn = connect({ host: unique('host') });
    const oslo = OsloModule.forRoot({ retry, ...options, connection: conn });
    const root = moduleOf({ imports: [oslo, moduleOf(module)] });
    const app = await NestFactory.createMicroservice(root, {
      inject: [OsloServer],
      useFactory: (strategy: OsloServer) => ({ strategy }),
      logger: false,
      abortOnError: false,
    });
    closing.push(app);
    await app.listen();
    return { app, conn };
  }

  async function clientOf(topic: Calc): Promise<OsloClient<Calc>> {
    class User {
      constructor(readonly client: OsloClient<Calc>) {}
    }
    InjectClient(topic)(User, undefined, 0);
    const client = OsloModule.registerClient(topic, { timeoutMs });
    const { app } = await started({}, { imports: [client], providers: [User] });
    return app.get(User).client;
  }

  return { started, clientOf };
}
