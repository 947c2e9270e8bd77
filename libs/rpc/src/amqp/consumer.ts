import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { pause, settledWithin } from '@metalcast/work';
import type { Consumer, ConsumerSpec, Delivery } from '../broker.js';
import { deferred } from '../deferred.js';
import type { RpcLogger } from '../logger.js';
import type { Queue } from '../topology.js';
import { declareApart, declareQueue } from './declare.js';
import type { AmqpLink } from './link.js';

interface Consuming {
  readonly channel: Channel;
  readonly queue: Queue;
  tag?: string | undefined;
}

const retryMs = 1_000;
const cancelTimeoutMs = 2_000;
const closeTimeoutMs = 2_000;

/** One consumer on its own channel, set up again after every loss of channel or connection. */
export class AmqpConsumer implements Consumer {
  readonly #closing = new AbortController();
  readonly #consuming = deferred<undefined>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #current: Consuming | undefined;
  #wanted = true;
  #steps: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: AmqpLink,
    private readonly spec: ConsumerSpec,
    private readonly logger: RpcLogger,
  ) {
    this.#ended = this.#run();
  }

  async ready(): Promise<void> {
    await this.#consuming.promise;
  }

  async pause(): Promise<void> {
    this.#wanted = false;
    await this.#agree();
  }

  async resume(): Promise<void> {
    this.#wanted = true;
    await this.#agree();
  }

  async close(drainMs: number): Promise<void> {
    // A broker that does not answer is found out by heartbeats alone, later than a stop may take.
    await settledWithin([this.pause()], cancelTimeoutMs);
    await settledWithin(this.#underWay, drainMs);
    this.#closing.abort();
    const current = this.#current;
    const left = current && this.#leave(current.channel, current.queue);
    await settledWithin([Promise.resolve(left), this.#ended], closeTimeoutMs);
    this.#consuming.reject(new Error('the consumer was closed'));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const closed = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve(undefined);
      });
    });
    while (!signal.aborted) {
      const model = await Promise.race([this.link.open(), closed]).catch(() => undefined);
      if (model === undefined) return;
      await this.#consumeOn(model).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ reason }, 'cannot consume, will try again');
      });
      await pause(retryMs, signal);
    }
  }

  /** Resolves when the channel has ended; rejects when it could not be set up. */
  async #consumeOn(model: ChannelModel): Promise<void> {
    await declareApart(model, { exchanges: this.spec.exchanges, queues: [] });
    const channel = await model.createChannel();
    const queue = this.spec.queue();
    const gone = new Promise<void>((resolve) => channel.once('close', resolve));
    channel.on('error', ({ message }) => {
      this.logger.error({ queue: queue.name, reason: message }, 'the broker closed the channel');
    });
    try {
      await declareQueue(channel, queue);
      await channel.prefetch(this.spec.prefetch);
      this.#current = { channel, queue };
      await this.#agree();
      // Closed meanwhile: no other code would close this channel.
      if (this.#closing.signal.aborted) return;
      this.#consuming.resolve(undefined);
      this.spec.onConsuming?.();
      await gone;
    } finally {
      this.#current = undefined;
      // A channel that has ended already throws.
      await settledWithin([channel.close()], closeTimeoutMs);
    }
  }

  /** Starts or cancels consuming, one step at a time, until the wanted state is reached. */
  #agree(): Promise<void> {
    this.#steps = this.#steps.then(async () => {
      const { current, wanted } = { current: this.#current, wanted: this.#wanted };
      if (current === undefined || wanted === (current.tag !== undefined)) return;
      // If the channel dies here, it is set up again in the wanted state.
      await (wanted ? this.#start(current) : this.#stop(current)).catch(() => undefined);
    });
    return this.#steps;
  }

  async #start(current: Consuming): Promise<void> {
    const { channel, queue } = current;
    const { consumerTag } = await channel.consume(queue.name, (message) => {
      if (message === null) this.#cancelled(channel, queue.name);
      else this.#take(channel, message);
    });
    current.tag = consumerTag;
  }

  async #stop(current: Consuming): Promise<void> {
    const { tag } = current;
    current.tag = undefined;
    if (tag !== undefined) await current.channel.cancel(tag);
  }

  #cancelled(channel: Channel, queue: string): void {
    this.logger.warn({ queue }, 'the queue was deleted under its consumer');
    channel.close().catch(() => undefined);
  }

  #take(channel: Channel, message: ConsumeMessage): void {
    const taken = delivery(channel, message);
    const work = handled(this.spec, taken)
      .catch((error: unknown) => {
        const { name: queue } = this.spec.queue();
        this.logger.error(
          { queue, err: error },
          'a delivery was not settled, it will be redelivered',
        );
        taken.requeue();
      })
      .finally(() => {
        this.#underWay.delete(work);
      });
    this.#underWay.add(work);
  }

  async #leave(channel: Channel, queue: Queue): Promise<void> {
    if (this.spec.deleteQueueOnClose === true) await channel.deleteQueue(queue.name);
    await channel.close();
  }
}

/**
 * Turns what the handler throws, at once or later, into a rejection: thrown into amqplib it would end the connection.
 */
async function handled(spec: ConsumerSpec, delivery: Delivery): Promise<void> {
  await spec.onDelivery(delivery);
}

function delivery(channel: Channel, message: ConsumeMessage): Delivery {
  // On a dead channel amqplib throws; the broker has requeued the message already.
  const onLive = (act: () => void) => {
    try {
      act();
    } catch {
      return;
    }
  };
  return {
    content: message.content,
    exchange: message.fields.exchange,
    routingKey: message.fields.routingKey,
    headers: message.properties.headers ?? {},
    redelivered: message.fields.redelivered,
    ack: () => {
      onLive(() => {
        channel.ack(message);
      });
    },
    requeue: () => {
      onLive(() => {
        channel.nack(message, false, true);
      });
    },
  };
}
