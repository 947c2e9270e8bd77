import { isStorable } from '@metalcast/domain';
import type { Broker, Consumer, Delivery } from '../broker.js';
import { deferred, type Deferred } from '../deferred.js';
import type { RpcLogger } from '../logger.js';
import { replyQueue } from '../topology.js';
import { failureFromWire } from '../wire/failure.js';
import { BadMessage, unstorable } from '../wire/bad-message.js';
import { parseReply, type Reply } from '../wire/reply.js';

interface Waiting {
  readonly answer: Deferred<unknown>;
  readonly timeout: NodeJS.Timeout;
  /** Fires when a monitored call shows no sign of life. */
  readonly silence: NodeJS.Timeout | undefined;
  /** Result of a 2013 server, which ends its answer by a separate message. */
  early?: { readonly result: unknown };
}

export interface Expectation {
  readonly timeoutMs: number;
  /** The server sends a sign of life at least this often, or is given up. */
  readonly monitorMs?: number | undefined;
  /** The error after so many milliseconds without an answer, or without a sign of life. */
  readonly late: (afterMs: number) => Error;
}

/** The one reply queue of a process, and the calls that wait for it. */
export class Replies {
  readonly #waiting = new Map<string, Waiting>();
  readonly #queue = replyQueue();
  readonly #consumer: Consumer;

  constructor(
    broker: Broker,
    private readonly logger: RpcLogger,
    private readonly maxMessageBytes: number,
  ) {
    this.#consumer = broker.consume({
      exchanges: [],
      queue: () => this.#queue,
      prefetch: 100,
      deleteQueueOnClose: true,
      onDelivery: (delivery) => {
        this.#receive(delivery);
        return Promise.resolve();
      },
    });
  }

  get queueName(): string {
    return this.#queue.name;
  }

  /** Settles when the reply queue exists. */
  ready(): Promise<void> {
    return this.#consumer.ready();
  }

  /** The answer to the call `messageId`: resolves with its result, or rejects with its failure. */
  expect(messageId: string, { timeoutMs, monitorMs, late }: Expectation): Promise<unknown> {
    const answer = deferred<unknown>();
    const giveUpAfter = (ms: number) =>
      setTimeout(() => {
        this.forget(messageId);
        answer.reject(late(ms));
      }, ms);
    const timeout = giveUpAfter(timeoutMs);
    const silence = monitorMs === undefined ? undefined : giveUpAfter(monitorMs);
    this.#waiting.set(messageId, { answer, timeout, silence });
    return answer.promise;
  }

  forget(messageId: string): void {
    const waiting = this.#waiting.get(messageId);
    clearTimeout(waiting?.timeout);
    clearTimeout(waiting?.silence);
    this.#waiting.delete(messageId);
  }

  async close(): Promise<void> {
    for (const [messageId, { answer }] of this.#waiting) {
      this.forget(messageId);
      answer.reject(new Error('the connection was closed'));
    }
    await this.#consumer.close(0);
  }

  #receive(delivery: Delivery): void {
    try {
      this.#settle(parseReply(delivery.content, this.maxMessageBytes));
    } catch (error) {
      this.logger.warn({ err: error }, 'dropped an unreadable reply');
    }
    delivery.ack();
  }

  #settle(reply: Reply): void {
    const messageId = reply._msg_id;
    const waiting = this.#waiting.get(messageId);
    if (waiting === undefined) {
      this.logger.debug({ messageId }, 'dropped a reply without a waiting call');
      return;
    }
    waiting.silence?.refresh();
    if (typeof reply.failure === 'string') {
      this.forget(messageId);
      waiting.answer.reject(failureFromWire(reply.failure));
    } else if (reply.ending === true) {
      this.forget(messageId);
      const result = waiting.early === undefined ? reply.result : waiting.early.result;
      if (isStorable(result)) waiting.answer.resolve(result);
      else waiting.answer.reject(new BadMessage(`a reply: ${unstorable}`));
    } else if (reply.ending === undefined) {
      waiting.early = { result: reply.result };
    }
  }
}
