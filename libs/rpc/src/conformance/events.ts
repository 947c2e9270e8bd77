import { describe, expect, test } from 'vitest';
import { follow } from '../events/follow.js';
import { subscribe } from '../events/subscribe.js';
import { castMessage } from '../publish/outgoing-message.js';
import { publisher } from '../publish/publisher.js';
import { anEvent, aTopic, ctx, eventually, unique, type Rig } from './rig.js';

/** Publishing and events. */
export function eventsConform({ connect, deadLettered, closing }: Rig): void {
  describe('the publisher', () => {
    test('reports when no queue takes a cast, and dead-letters it when asked to', async () => {
      const conn = connect({ host: 'c' });
      const topic = aTopic();
      const { publish, deadLetter } = publisher(conn);
      const message = castMessage(topic, 'note', { text: 'x' }, ctx, { host: 'h9' });
      await expect(publish(message)).resolves.toBe('returned');
      const dead = deadLettered(conn, topic.topic);
      await deadLetter(message, 'expired');
      await eventually(() => {
        expect(dead).toEqual([{ body: message.body, reason: 'expired' }]);
      });
    });

    test('confirms an event without subscribers', async () => {
      const { publish } = publisher(connect({ host: 'c' }));
      await expect(publish(anEvent(`${unique('none')}.x`))).resolves.toBe('confirmed');
    });
  });

  describe('events', () => {
    test('of a former binding are no longer delivered', async () => {
      const conn = connect({ host: 'c' });
      const [word, queue] = [unique('node'), unique('test.events')];
      const seen: string[] = [];
      const handler = ({ type }: { type: string }): Promise<void> => {
        seen.push(type);
        return Promise.resolve();
      };
      const before = await subscribe(conn, { queue, bindings: [`${word}.#`], handler });
      const { publish } = publisher(conn);
      await publish(anEvent(`${word}.progress`));
      await eventually(() => {
        expect(seen).toEqual([`${word}.progress`]);
      });
      await before.close();
      const bindings = [`${word}.done`];
      closing.push(
        await subscribe(conn, { queue, bindings, formerBindings: [`${word}.#`], handler }),
      );
      await publish(anEvent(`${word}.progress`));
      await publish(anEvent(`${word}.done`));
      await eventually(() => {
        expect(seen).toContain(`${word}.done`);
      });
      expect(seen).toEqual([`${word}.progress`, `${word}.done`]);
    });

    test('under the key of another type reach nobody', async () => {
      const conn = connect({ host: 'c' });
      const [word, queue] = [unique('node'), unique('test.events')];
      const seen: string[] = [];
      const handler = ({ type }: { type: string }): Promise<void> => {
        seen.push(type);
        return Promise.resolve();
      };
      const bindings = [`${word}.#`];
      closing.push(await subscribe(conn, { queue, bindings, handler }));
      closing.push(await follow(conn, { bindings, handler }));
      const dead = deadLettered(conn, queue);
      const { publish } = publisher(conn);
      await publish(anEvent(`${word}.power`, { routingKey: `${word}.boot` }));
      await publish(anEvent(`${word}.boot`));
      await eventually(() => {
        expect(dead).toMatchObject([
          { reason: expect.stringContaining(`as ${word}.boot`) as string },
        ]);
        expect(seen).toEqual([`${word}.boot`, `${word}.boot`]);
      });
    });

    test('reach each queue that subscribes, once for those who share it, with retries', async () => {
      const conn = connect({ host: 'c' });
      const [word, queue] = [unique('node'), unique('test.events')];
      const seen: string[] = [];
      let failures = 1;
      for (const name of ['one', 'two']) {
        const subscribed = await subscribe(conn, {
          queue,
          bindings: [`${word}.#`],
          retry: { delaysMs: [50], tries: 3 },
          handler: (event, { requestId }) => {
            if (failures-- > 0) return Promise.reject(new Error('db away'));
            seen.push(`${event.type} ${requestId} ${String(name !== '')}`);
            return Promise.resolve();
          },
        });
        closing.push(subscribed);
      }
      const live: string[] = [];
      let listening = 0;
      const follower = await follow(conn, {
        bindings: [`${word}.*.changed`],
        onListening: () => (listening += 1),
        handler: ({ type }) => {
          live.push(type);
        },
      });
      closing.push(follower);
      const { publish } = publisher(conn);
      await publish(anEvent(`${word}.power.changed`));
      await publish(anEvent(`${word}.power.failed`));
      await publish(anEvent(`${unique('other')}.power.changed`));
      await eventually(() => {
        expect(seen.toSorted()).toEqual([
          `${word}.power.changed req-7 true`,
          `${word}.power.failed req-7 true`,
        ]);
      });
      expect(live).toEqual([`${word}.power.changed`]);
      expect(listening).toBe(1);
    });
  });
}
