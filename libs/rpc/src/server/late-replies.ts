import { Fault } from '@metalcast/domain';
import { pause } from '@metalcast/work';
import type { Broker, Outcome, Publication } from '../broker.js';
import type { RpcLogger } from '../logger.js';

/** A caller that lost its connection declares its reply queue again within this time, or has given up. */
const longestMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 2_000;
/** Limited, because anybody who reaches the broker can make calls without waiting for the answers. */
const mostWaiting = 128;
const mostBytes = 16_777_216;

interface Waiting {
  readonly bytes: number;
  readonly ended: AbortController;
}

/**
 * Replies whose callers' queues did not exist or took nothing. They wait here, apart from the calls' deliveries, so
 * that callers who are gone keep no consumer from its work. When there is no room, the oldest reply is dropped.
 */
export class LateReplies {
  readonly #waiting = new Set<Waiting>();

  constructor(
    private readonly broker: Broker,
    private readonly logger: RpcLogger,
  ) {}

  /** Sends the reply as soon as its queue exists. Never throws: a reply that cannot be sent is dropped. */
  send(publication: Omit<Publication, 'timeoutMs'>, method: string): void {
    const waiting = {
      bytes: Buffer.byteLength(publication.body),
      ended: new AbortController(),
    };
    this.#waiting.add(waiting);
    this.#dropBeyond();
    const { routingKey } = publication;
    this.#untilSent(publication, waiting.ended.signal)
      .then(
        (sent) => {
          if (!sent) {
            const message = 'the caller is gone or takes nothing, dropped its reply';
            this.logger.warn({ method, routingKey }, message);
          }
        },
        (error: unknown) => {
          this.logger.warn({ method, routingKey, err: error }, 'dropped a reply');
        },
      )
      .finally(() => this.#waiting.delete(waiting));
  }

  /** Drops all waiting replies. */
  close(): void {
    for (const { ended } of this.#waiting) ended.abort();
  }

  #dropBeyond(): void {
    let bytes = 0;
    for (const each of this.#waiting) bytes += each.bytes;
    for (const each of this.#waiting) {
      if (this.#waiting.size <= mostWaiting && bytes <= mostBytes) return;
      this.#waiting.delete(each);
      each.ended.abort();
      bytes -= each.bytes;
    }
  }

  async #untilSent(
    publication: Omit<Publication, 'timeoutMs'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const deadline = performance.now() + longestMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const left = deadline - performance.now();
      await pause(Math.min(pauseMs, left), signal);
      if (signal.aborted || left <= 0) return false;
      if ((await this.#try(publication)) === 'confirmed') return true;
    }
  }

  /** Undefined: a later try may succeed. Rejects when the broker takes no such message. */
  async #try(publication: Omit<Publication, 'timeoutMs'>): Promise<Outcome | undefined> {
    try {
      return await this.broker.publish({ ...publication, once: true, timeoutMs: longestMs });
    } catch (error) {
      if (error instanceof Fault && error.code === 'UNAVAILABLE') return undefined;
      throw error;
    }
  }
}
