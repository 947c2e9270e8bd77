import {
  Controller,
  Inject,
  Module,
  UseFilters,
  UseGuards,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type ModuleMetadata,
  type NestInterceptor,
  type PipeTransform,
  type RpcExceptionFilter,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EMPTY, lastValueFrom, tap, throwError, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { ArgsOf, CloudEvent, Handlers } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { RpcConnection } from '../connection.js';
import { OsloRecord, type OsloClient } from '../nest/oslo-client.js';
import { OsloServer, type OsloServerOptions } from '../nest/oslo-server.js';
import { InjectClient, OsloModule } from '../nest/oslo.module.js';
import { RpcController } from '../nest/rpc-controller.js';
import { castMessage } from '../publish/outgoing-message.js';
import { publisher } from '../publish/publisher.js';
import { anEvent, aTopic, ctx, eventually, timeoutMs, unique, type Calc, type Rig } from './rig.js';

const retry = { delaysMs: [50], tries: 3 };

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
function calcController(topic: Calc, noted: string[] = []): Type<Handlers<Calc>> {
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

type Handle = (event: CloudEvent) => Promise<void>;

/** A controller with one handler of events. */
function eventController(pattern: string | readonly string[], handle: Handle): Type {
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

/** Handlers of Nest's applications, with all that Nest puts around them. */
export function nestConforms({ connect, deadLettered, closing }: Rig): void {
  async function started(
    options: Omit<OsloServerOptions, 'connection'>,
    module: ModuleMetadata,
    conn: RpcConnection = connect({ host: unique('host') }),
  ) {
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

  /** The client that an application of its own injects into its provider. */
  async function clientOf(topic: Calc): Promise<OsloClient<Calc>> {
    class User {
      constructor(readonly client: OsloClient<Calc>) {}
    }
    InjectClient(topic)(User, undefined, 0);
    const client = OsloModule.registerClient(topic, { timeoutMs });
    const { app } = await started({}, { imports: [client], providers: [User] });
    return app.get(User).client;
  }

  describe('a Nest application', () => {
    test('is called and cast to by the client that another one injects', async () => {
      const topic = aTopic();
      const noted: string[] = [];
      await started({ topics: [topic] }, { controllers: [calcController(topic, noted)] });
      const client = await clientOf(topic);
      const sum = client.send('add', new OsloRecord({ a: 1, b: 2 }, ctx));
      await expect(lastValueFrom(sum)).resolves.toEqual({ sum: 3 });
      await lastValueFrom(client.emit('note', new OsloRecord({ text: 'to one' }, ctx)));
      const toAll = new OsloRecord({ text: 'to all' }, ctx, { fanout: true });
      await lastValueFrom(client.emit('note', toAll));
      await eventually(() => {
        expect(noted).toEqual(['to one', 'to all']);
      });
      const failing = client.send('fail', new OsloRecord({ how: 'bug' }, ctx));
      await expect(lastValueFrom(failing)).rejects.toMatchObject({ code: 'INTERNAL' });
      // @ts-expect-error: a cast has no answer
      await expect(lastValueFrom(client.send('note', toAll))).rejects.toThrow('no call');
    });

    test('has its interceptors around calls, casts and events', async () => {
      const topic = aTopic();
      const type = `${unique('node')}.moved`;
      const seen: string[] = [];
      class Metric implements NestInterceptor {
        intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
          const handler = `${context.getClass().name}.${context.getHandler().name}`;
          return next.handle().pipe(tap(() => seen.push(handler)));
        }
      }
      const { conn } = await started(
        { topics: [topic], events: { queue: unique('q') } },
        {
          controllers: [calcController(topic), eventController(type, () => Promise.resolve())],
          providers: [{ provide: APP_INTERCEPTOR, useClass: Metric }],
        },
      );
      const client = await clientOf(topic);
      await lastValueFrom(client.send('add', new OsloRecord({ a: 1, b: 2 }, ctx)));
      const { publish } = publisher(conn);
      await publish(castMessage(topic, 'note', { text: 'x' }, ctx));
      await publish(anEvent(type));
      await eventually(() => {
        expect(seen.toSorted()).toEqual([
          'CalcHandlers.add',
          'CalcHandlers.note',
          'EventHandlers.on',
        ]);
      });
    });

    test('has its guards and pipes before calls, casts and events', async () => {
      const topic = aTopic();
      const type = `${unique('node')}.moved`;
      const [noted, heard]: [string[], unknown[]] = [[], []];
      class Guard implements CanActivate {
        canActivate(context: ExecutionContext): boolean {
          const { text, data } = context.switchToRpc().getData<{ text?: string; data?: unknown }>();
          if (text === 'guarded' || data === 'guarded') {
            throw new Fault('CONFLICT', { reason: 'guarded' });
          }
          return true;
        }
      }
      class Pipe implements PipeTransform {
        transform(value: unknown): unknown {
          return { ...(value as object), a: 40, text: 'piped', data: 'piped' };
        }
      }
      const queue = unique('q');
      const calc = calcController(topic, noted);
      const listener = eventController(type, ({ data }) => Promise.resolve(void heard.push(data)));
      for (const controller of [calc, listener]) {
        UseGuards(new Guard())(controller);
        UsePipes(new Pipe())(controller);
      }
      const { conn } = await started(
        { topics: [topic], events: { queue } },
        { controllers: [calc, listener] },
      );
      const dead = [deadLettered(conn, topic.topic), deadLettered(conn, queue)];
      const client = await clientOf(topic);
      const sum = client.send('add', new OsloRecord({ a: 1, b: 2 }, ctx));
      await expect(lastValueFrom(sum)).resolves.toEqual({ sum: 42 });
      const { publish } = publisher(conn);
      for (const text of ['guarded', 'free']) {
        await publish(castMessage(topic, 'note', { text }, ctx));
        await publish(anEvent(type, { data: text }));
      }
      await eventually(() => {
        expect([noted, heard]).toEqual([['piped'], ['piped']]);
        expect(dead.flat().map(({ reason }) => reason)).toEqual(Array(2).fill('Fault: guarded'));
      });
    });

    test.each(['of a controller', 'of the application'])(
      'has the filters %s, which map what is thrown',
      async (whose) => {
        const topic = aTopic();
        const type = `${unique('node')}.moved`;
        class Filter implements RpcExceptionFilter {
          catch(): Observable<never> {
            return throwError(() => new Fault('CONFLICT', { reason: 'mapped' }));
          }
        }
        const queue = unique('q');
        const controllers = [
          calcController(topic),
          eventController(type, () => Promise.reject(new RangeError('boom'))),
        ];
        const global = whose === 'of the application';
        if (!global) for (const controller of controllers) UseFilters(new Filter())(controller);
        const { conn } = await started(
          { topics: [topic], events: { queue } },
          { controllers, providers: global ? [{ provide: APP_FILTER, useClass: Filter }] : [] },
        );
        const dead = [deadLettered(conn, topic.topic), deadLettered(conn, queue)];
        const client = await clientOf(topic);
        const failing = client.send('fail', new OsloRecord({ how: 'bug' }, ctx));
        await expect(lastValueFrom(failing)).rejects.toMatchObject({
          code: 'CONFLICT',
          details: { reason: 'mapped' },
        });
        const { publish } = publisher(conn);
        await publish(castMessage(topic, 'note', { text: 'forbidden' }, ctx));
        await publish(anEvent(type));
        await eventually(() => {
          expect(dead.flat().map(({ reason }) => reason)).toEqual(Array(2).fill('Fault: mapped'));
        });
      },
    );

    test('may have an interceptor that emits nothing in place of a handler', async () => {
      const type = `${unique('node')}.moved`;
      class Mute implements NestInterceptor {
        intercept(context: ExecutionContext): Observable<never> {
          const { data } = context.switchToRpc().getData<CloudEvent>();
          return data === 'muted' ? EMPTY : throwError(() => new RangeError('boom'));
        }
      }
      const queue = unique('q');
      const { conn } = await started(
        { events: { queue }, retry: { ...retry, tries: 1 } },
        {
          controllers: [eventController(type, () => Promise.resolve())],
          providers: [{ provide: APP_INTERCEPTOR, useClass: Mute }],
        },
      );
      const dead = deadLettered(conn, queue);
      const { publish } = publisher(conn);
      await publish(anEvent(type, { data: 'muted' }));
      const failing = anEvent(type);
      await publish(failing);
      await eventually(() => {
        expect(dead).toEqual([{ body: failing.body, reason: 'RangeError: boom' }]);
      });
    });
  });

  describe('the handlers of an event', () => {
    test('are all those whose pattern fits, and are retried together when each has ended', async () => {
      const word = unique('node');
      const seen: string[] = [];
      let endSlow: (() => void) | undefined;
      const slow = new Promise<void>((resolve) => {
        endSlow = resolve;
      });
      const failsOnce = (name: string): Handle => {
        let failures = 1;
        return () => {
          seen.push(name);
          return failures-- > 0 ? Promise.reject(new Error('db away')) : Promise.resolve();
        };
      };
      const { conn } = await started(
        { events: { queue: unique('q') } },
        {
          controllers: [
            eventController(`${word}.moved`, failsOnce('moved')),
            eventController(`${word}.*`, ({ type }) => {
              seen.push('any');
              return type === `${word}.moved` ? slow : Promise.resolve();
            }),
            eventController([`${word}.other`, `${unique('x')}.moved`], failsOnce('other')),
          ],
        },
      );
      const { publish } = publisher(conn);
      await publish(anEvent(`${word}.moved`));
      await eventually(() => {
        expect(seen).toEqual(['moved', 'any']);
      });
      await publish(anEvent(`${word}.other`));
      const other = ['any', 'other'];
      // The pause before a retry is the same for both: the first event is not being retried, or it would have come.
      await eventually(() => {
        expect(seen).toEqual(['moved', 'any', ...other, ...other]);
      });
      endSlow?.();
      await eventually(() => {
        expect(seen).toEqual(['moved', 'any', ...other, ...other, 'moved', 'any']);
      });
    });

    test('that fail for good have their event dead-lettered, once', async () => {
      const type = `${unique('node')}.moved`;
      const queue = unique('q');
      let tries = 0;
      const fail = (): Promise<void> => {
        tries += 1;
        return Promise.reject(new RangeError('boom'));
      };
      const { conn } = await started(
        { events: { queue } },
        { controllers: [eventController(type, fail), eventController(type, fail)] },
      );
      const dead = deadLettered(conn, queue);
      const event = anEvent(type);
      await publisher(conn).publish(event);
      await eventually(() => {
        expect(dead).toEqual([{ body: event.body, reason: 'RangeError: boom' }]);
      });
      expect(tries).toBe(2 * retry.tries);
    });

    test('under way have ended when the application is closed', async () => {
      const type = `${unique('node')}.moved`;
      const seen: string[] = [];
      let end: (() => void) | undefined;
      class Hooks {
        beforeApplicationShutdown(): void {
          seen.push('shutdown');
        }
      }
      const { app, conn } = await started(
        { events: { queue: unique('q') } },
        {
          controllers: [
            eventController(type, async () => {
              seen.push('begun');
              await new Promise<void>((resolve) => {
                end = resolve;
              });
              seen.push('ended');
            }),
          ],
          providers: [Hooks],
        },
      );
      await publisher(conn).publish(anEvent(type));
      await eventually(() => {
        expect(seen).toEqual(['begun']);
      });
      const closed = app.close();
      end?.();
      await closed;
      expect(seen).toEqual(['begun', 'ended', 'shutdown']);
    });

    test('that are live are told when they begin to receive, and their failures hold nothing up', async () => {
      const type = `${unique('node')}.moved`;
      const seen: string[] = [];
      let listening = 0;
      class Refresh {
        constructor(private readonly server: OsloServer) {}

        onModuleInit(): void {
          this.server.on('listening', () => (listening += 1));
        }
      }
      Inject(OsloServer)(Refresh, undefined, 0);
      const { conn } = await started(
        { events: 'live' },
        {
          controllers: [
            eventController(type, ({ data }) => {
              seen.push(String(data));
              return data === 'first' ? Promise.reject(new Error('boom')) : Promise.resolve();
            }),
          ],
          providers: [Refresh],
        },
      );
      const { publish } = publisher(conn);
      await publish(anEvent(type, { data: 'first' }));
      await publish(anEvent(type, { data: 'second' }));
      await eventually(() => {
        expect(seen).toEqual(['first', 'second']);
      });
      expect(listening).toBe(1);
    });
  });
}
