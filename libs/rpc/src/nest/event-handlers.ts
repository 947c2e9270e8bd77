import type { CloudEvent, RequestContext } from '@metalcast/contracts';
import type { MessageHandler } from '@nestjs/microservices';
import type { RpcConnection } from '../connection.js';
import { openFollower } from '../events/follow.js';
import { contextOf, openSubscription, type Subscription } from '../events/subscribe.js';
import type { ServeOptions } from '../server/serve.js';
import { matches } from '../topic-pattern.js';
import { outcomeOf } from './outcome.js';

/** A queue that keeps the events while nobody consumes. A failed event is retried, then dead-lettered, as a cast is. */
export interface DurableEvents {
  /** Processes that name the same queue share its events. */
  readonly queue: string;
  /** Bindings of earlier releases that must be removed. */
  readonly formerBindings?: readonly string[];
}

/** `'live'`: every process gets each event from now on, while connected; a failure is logged and ignored. */
export type EventSource = DurableEvents | 'live';

export interface Listening extends ServeOptions {
  readonly source: EventSource;
  /** Called each time that a process begins to receive live events: earlier ones were missed. */
  readonly onListening: () => void;
}

/** The `@EventPattern` handlers of an application. */
export class EventHandlers {
  readonly #handlers: { readonly pattern: string; readonly handler: MessageHandler }[] = [];

  get patterns(): string[] {
    return [...new Set(this.#handlers.map(({ pattern }) => pattern))];
  }

  add(pattern: string, handler: MessageHandler): void {
    this.#handlers.push({ pattern, handler });
  }

  open(conn: RpcConnection, { source, onListening, ...options }: Listening): Subscription {
    const bindings = this.patterns;
    return source === 'live'
      ? openFollower(conn, {
          bindings,
          handler: (event) => this.#handle(event, contextOf(event)),
          onListening,
        })
      : openSubscription(conn, {
          ...options,
          ...source,
          bindings,
          handler: (event, ctx) => this.#handle(event, ctx),
        });
  }

  /** An event is done when all of its handlers are: a retry must not overtake one that is still running. */
  async #handle(event: CloudEvent, ctx: RequestContext): Promise<void> {
    const concerned = this.#handlers.filter(({ pattern }) => matches(pattern, event.type));
    const outcomes = await Promise.allSettled(
      concerned.map(({ handler }) => outcomeOf(handler, event, ctx)),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }
}
