import {
  UseFilters,
  UseGuards,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type RpcExceptionFilter,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { EMPTY, lastValueFrom, tap, throwError, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { CloudEvent } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { OsloRecord } from '../nest/oslo-client.js';
import { castMessage } from '../publish/outgoing-message.js';
import { publisher } from '../publish/publisher.js';
import { calcController, eventController, nestRigOf, retry } from './nest-rig.js';
import { anEvent, aTopic, ctx, eventually, unique, type Rig } from './rig.js';

/** Handlers of Nest's applications, with all that Nest puts around them, and its clients. */
export function nestConforms(rig: Rig): void {
  const { deadLettered } = rig;
  const { started, clientOf } = nestRigOf(rig);

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
}
