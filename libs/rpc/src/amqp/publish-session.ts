import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { newMessageId } from '@metalcast/domain';
import type { Outcome, Publication } from '../broker.js';
import { deferred } from '../deferred.js';
import type { Topology } from '../topology.js';
import { declareApart, isForbidden, isMismatch, isMissing } from './declare.js';
import { RecentlyForbidden } from './recently-forbidden.js';

/** The exchange, or the queue that was to be bound to it, does not exist. */
export class RouteMissing extends Error {
  override readonly name = 'RouteMissing';
}

/**
 * The broker refused one of the unconfirmed messages, for what it is or because its sender may not, and closed their
 * channel.
 */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
  }
}

/** Names that are remembered; what was forgotten is declared once more. */
const mostDeclared = 1000;

/** Publishes on one connection, with confirms. Once its channel is closed the session cannot be used any more. */
export class PublishSession {
  readonly #returned = new Set<string>();
  readonly #declared = new Set<string>();
  /** Declarations. */
  readonly #forbidden = new RecentlyForbidden();
  #closedBy: (Error & { code?: number }) | undefined;
  #open = true;

  private constructor(
    readonly model: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {
    channel.on('return', ({ properties }) => {
      this.#returned.add(String(properties.messageId));
    });
    channel.on('error', (error) => {
      this.#closedBy = error;
    });
    channel.on('close', () => {
      this.#open = false;
    });
  }

  static async on(model: ChannelModel, base: Topology): Promise<PublishSession> {
    await declareApart(model, base);
    return new PublishSession(model, await model.createConfirmChannel());
  }

  get open(): boolean {
    return this.#open;
  }

  /** Declares what this connection has not declared yet. */
  async ensure(topology: Topology): Promise<void> {
    const names = [...topology.exchanges, ...topology.queues].map(({ name }) => name);
    if (names.every((name) => this.#declared.has(name))) return;
    const key = names.join(' ');
    const known = this.#forbidden.of(key);
    if (known !== undefined) throw known;
    try {
      await declareApart(this.model, topology);
    } catch (error) {
      if (isForbidden(error)) this.#forbidden.note(key, error);
      if (isMissing(error)) throw new RouteMissing((error as Error).message);
      throw error;
    }
    // Callers come and go, and each has a queue of its own.
    if (this.#declared.size > mostDeclared) this.#declared.clear();
    for (const name of names) this.#declared.add(name);
  }

  /** Makes the next `ensure` declare everything again, because something was missing. */
  forgetDeclared(): void {
    this.#declared.clear();
  }

  async publish(publication: Publication): Promise<Outcome> {
    const { exchange, routingKey, body, headers, mandatory, expirationMs } = publication;
    // The broker sends a return before the confirm; the id names the message.
    const messageId = newMessageId();
    const confirmed = deferred<undefined>();
    this.channel.publish(
      exchange,
      routingKey,
      Buffer.from(body),
      {
        contentType: publication.contentType ?? 'application/json',
        contentEncoding: 'utf-8',
        headers: { ...headers },
        persistent: true,
        priority: 0,
        mandatory,
        messageId,
        ...(expirationMs === undefined ? {} : { expiration: Math.ceil(expirationMs) }),
      },
      (error: unknown) => {
        if (error === null || error === undefined) confirmed.resolve(undefined);
        else confirmed.reject(this.#failure(error));
      },
    );
    try {
      await confirmed.promise;
      return this.#returned.has(messageId) ? 'returned' : 'confirmed';
    } finally {
      this.#returned.delete(messageId);
    }
  }

  async close(): Promise<void> {
    // A channel that is closed already throws.
    await this.channel.close().catch(() => undefined);
  }

  #failure(error: unknown): Error {
    const by = this.#closedBy;
    if (by === undefined) {
      return error instanceof Error ? error : new Error('the broker refused it');
    }
    if (isMissing(by)) return new RouteMissing(by.message);
    return isMismatch(by) || isForbidden(by) ? new MessageRefused(by) : by;
  }
}
