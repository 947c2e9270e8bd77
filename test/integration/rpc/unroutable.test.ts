import { castMessage, connectRpc, publisher, silentLogger } from '@metalcast/rpc';
import { serve } from '@metalcast/rpc/testing';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, test } from 'vitest';
import { calc, calcHandlers, ctx } from './calc.js';
import { delay } from '../../../libs/rpc/src/topology.js';

const timeoutMs = 20_000;
/** Twice as many as the broker has in hand at once on their way out of a queue. */
const count = 64;

let broker: TestBroker;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  broker = await startBroker();
  closing.push(() => broker.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

test(
  'what has no queue any more after its pause holds up nobody, and is kept for people',
  async () => {
    const pauseMs = 300;
    const model = await connect(broker.url);
    closing.push(() => model.close());
    const conn = connectRpc({ url: broker.url, host: 'h1', logger: silentLogger });
    closing.push(() => conn.close());
    const tries = new Map<string, number>();
    const note = ({ text }: { text: string }) => {
      const sofar = (tries.get(text) ?? 0) + 1;
      tries.set(text, sofar);
      return sofar < 2 ? Promise.reject(new Error('down')) : Promise.resolve();
    };
    const topic = { ...calc, topic: 'calc_unroutable' };
    const retry = { delaysMs: [pauseMs], tries: 3 };
    const server = await serve(conn, topic, { ...calcHandlers('h1', []), note }, { retry });
    closing.push(() => server.close(0));
    const { publish } = publisher(conn);
    const sent = async (text: string, host?: string) => {
      const to = host === undefined ? {} : { host };
      await publish(castMessage(topic, 'note', { text }, ctx, to));
      await waitFor(() => tries.get(text) === 2, { timeoutMs, what: `${text} to be tried again` });
    };
    await sent('before');
    const channel = await model.createConfirmChannel();
    for (let n = 0; n < count; n += 1) {
      channel.publish(delay(pauseMs).exchange, `calc.gone${n}`, Buffer.from(String(n)), {
        persistent: true,
      });
    }
    await channel.waitForConfirms();
    await sent('after');
    await sent('to one host', 'h1');
    await waitFor(
      async () => {
        const { messageCount } = await channel.checkQueue('metalcast.unroutable.dead');
        return messageCount === count;
      },
      { timeoutMs, what: `${count} messages kept` },
    );
    await channel.close();
  },
  3 * timeoutMs,
);
