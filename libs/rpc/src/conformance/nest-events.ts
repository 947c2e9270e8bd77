import { Inject } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { OsloServer } from '../nest/oslo-server.js';
import { publisher } from '../publish/publisher.js';
import { eventController, nestRigOf, retry, type Handle } from './nest-rig.js';
import { anEvent, eventually, unique, type Rig } from './rig.js';

/** `@EventPattern` handlers. */
export function nestEventsConform(rig: Rig): void {
  const { deadLettered } = rig;
  const { started } = nestRigOf(rig);

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
