import type { ChannelModel } from 'amqplib';
import { Fault } from '@metalcast/domain';
import { pause, settledWithin, within } from '@metalcast/work';
import type { Broker, Consumer, ConsumerSpec, Outcome, Publication } from '../broker.js';
import type { RpcLogger } from '../logger.js';
import type { Topology } from '../topology.js';
import { AmqpConsumer } from './consumer.js';
import { declareApart, isForbidden } from './declare.js';
import { AmqpLink } from './link.js';
import { RouteMissing, MessageRefused, PublishSession } from './publish-session.js';
import { RecentlyForbidden } from './recently-forbidden.js';

interface AmqpBrokerOptions {
  readonly url: string;
  readonly name: string;
  readonly heartbeatSeconds: number;
  readonly logger: RpcLogger;
  readonly base: Topology;
}

const resendMs = 250;
const closeTimeoutMs = 5_000;

/**
 * RabbitMQ, over two connections. A broker that is short of memory stops reading from connections that publish. On one
 * connection it would then not get the acknowledgements either, although they would free memory.
 */
export class AmqpBroker implements Broker {
  readonly #publishing: AmqpLink;
  readonly #consuming: AmqpLink;
  readonly #unconfirmed = new Set<Promise<unknown>>();
  readonly #base: Topology;
  readonly #logger: RpcLogger;
  /** Messages by their way: an outbox sends the same one again and again, and each refusal ends its channel. */
  readonly #forbidden = new RecentlyForbidden();
  #session: PublishSession | undefined;
  #reopening:
    { readonly model: ChannelModel; readonly session: Promise<PublishSession> } | undefined;

  constructor({ base, ...options }: AmqpBrokerOptions) {
    this.#base = base;
    this.#logger = options.logger;
    this.#publishing = new AmqpLink({
      ...options,
      name: `${options.name} publishing`,
      onOpen: async (model) => {
        this.#session = await PublishSession.on(model, base);
      },
    });
    this.#consuming = new AmqpLink({
      ...options,
      name: `${options.name} consuming`,
      onOpen: (model) => declareApart(model, base),
    });
  }

  get connected(): boolean {
    return this.#publishing.connected && !this.#publishing.blocked && this.#consuming.connected;
  }

  async ready(): Promise<void> {
    await Promise.all([this.#publishing.open(), this.#consuming.open()]);
  }

  async publish(publication: Publication): Promise<Outcome> {
    const { timeoutMs } = publication;
    const stop = new AbortController();
    let last: unknown;
    const attempt = this.#untilSettled(publication, stop.signal, (error) => {
      last = error;
    });
    this.#unconfirmed.add(attempt);
    try {
      return await within(attempt, timeoutMs, () => {
        const reason = `The message broker did not confirm a message within ${timeoutMs} ms.`;
        return new Fault('UNAVAILABLE', { reason }, { cause: last });
      });
    } catch (error) {
      // Aborted only now: an abort without a reason creates an error of its own, and most attempts have ended by now.
      stop.abort(error);
      throw error;
    } finally {
      this.#unconfirmed.delete(attempt);
    }
  }

  consume(spec: ConsumerSpec): Consumer {
    return new AmqpConsumer(this.#consuming, spec, this.#logger);
  }

  async close(): Promise<void> {
    await settledWithin(this.#unconfirmed, closeTimeoutMs);
    await Promise.all([this.#consuming.close(), this.#publishing.close()]);
  }

  /**
   * Publishes again whenever the outcome is unknown: a message may be published twice, but never not at all. A
   * forbidden declaration is reported at once. When the broker refuses a message, also by permissions, it closes the
   * channel without naming the message: so each unconfirmed message is published again alone.
   */
  async #untilSettled(
    publication: Publication,
    stop: AbortSignal,
    failed: (error: unknown) => void,
  ): Promise<Outcome> {
    let alone = this.#forbidden.of(wayOf(publication)) !== undefined;
    for (let again = false; !stop.aborted; again = true) {
      try {
        const outcome = alone
          ? await this.#publishAlone(publication, stop)
          : await this.#publishOn(await this.#liveSession(stop), publication, again);
        if (outcome !== undefined) return outcome;
      } catch (error) {
        if (isForbidden(error)) throw unavailable(error);
        const refused = error instanceof MessageRefused;
        if (refused && alone) throw this.#refused(publication, error);
        if (!refused && publication.once === true) throw unavailable(error);
        alone ||= refused;
        failed(error);
        await pause(resendMs, stop);
      }
    }
    throw new Error('gave up');
  }

  /**
   * Undefined: something that the message needs was missing; to be tried once more after everything was declared again.
   */
  async #publishOn(
    session: PublishSession,
    publication: Publication,
    again: boolean,
  ): Promise<Outcome | undefined> {
    const { needs, mandatory } = publication;
    try {
      if (needs !== undefined) await session.ensure(needs);
      const outcome = await session.publish(publication);
      if (outcome === 'confirmed' || needs === undefined || again) return outcome;
      session.forgetDeclared();
      return undefined;
    } catch (error) {
      if (!(error instanceof RouteMissing)) throw error;
      if (!again) return undefined;
      if (mandatory) return 'returned';
      throw error;
    }
  }

  async #publishAlone(publication: Publication, stop: AbortSignal): Promise<Outcome | undefined> {
    const model = await this.#publishing.writable();
    stop.throwIfAborted();
    const session = await PublishSession.on(model, this.#base);
    try {
      return await this.#publishOn(session, publication, true);
    } finally {
      await session.close();
    }
  }

  #refused(publication: Publication, cause: MessageRefused): Fault {
    if (isForbidden(cause.cause)) {
      this.#forbidden.note(wayOf(publication), cause.cause);
      return unavailable(cause);
    }
    const { exchange, routingKey, body } = publication;
    const bytes = Buffer.byteLength(body);
    this.#logger.error({ exchange, routingKey, bytes, err: cause }, 'gave up a refused message');
    const reason = `The message broker refused a message of ${bytes} bytes: ${cause.message}`;
    return new Fault('TOO_LARGE', { reason }, { cause });
  }

  async #liveSession(stop: AbortSignal): Promise<PublishSession> {
    // A message that is written to a blocked connection waits in it and is not lost: each further try would add a copy.
    const model: ChannelModel = await this.#publishing.writable();
    stop.throwIfAborted();
    if (this.#session?.model === model && this.#session.open) return this.#session;
    // The broker closed the channel (an exchange was missing) but not the connection.
    if (this.#reopening?.model !== model) {
      this.#reopening = { model, session: this.#reopenSession(model) };
    }
    return this.#reopening.session;
  }

  /** One for all who wait: a session of each would leave a channel of each behind. */
  async #reopenSession(model: ChannelModel): Promise<PublishSession> {
    try {
      const session = await PublishSession.on(model, this.#base);
      this.#session = session;
      return session;
    } finally {
      if (this.#reopening?.model === model) this.#reopening = undefined;
    }
  }
}

const wayOf = ({ exchange, routingKey }: Publication): string => `${exchange} ${routingKey}`;

function unavailable(cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Fault('UNAVAILABLE', { reason: `The message broker refused: ${why}` }, { cause });
}
