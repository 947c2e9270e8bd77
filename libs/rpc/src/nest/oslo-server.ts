import type { Topic } from '@metalcast/contracts';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { RpcConnection } from '../connection.js';
import type { Subscription } from '../events/subscribe.js';
import type { Handler } from '../server/dispatch.js';
import { RpcServer, type ServeOptions } from '../server/serve.js';
import { EventHandlers, type EventSource } from './event-handlers.js';
import { outcomeOf } from './outcome.js';
import { pattern } from './rpc-controller.js';

export interface OsloServerOptions extends ServeOptions {
  readonly connection: RpcConnection;
  /** Served by `@RpcController` classes. */
  readonly topics?: readonly Topic[];
  /** Where the events of `@EventPattern` handlers come from. Patterns are types, with `*` for one word, `#` for any. */
  readonly events?: EventSource;
  /** How long a close waits for the handlers under way. */
  readonly drainMs?: number;
}

// A type, not an interface: Nest asks for an index signature.
type OsloServerEvents = {
  /** This process begins to receive live events: earlier ones were missed, so read the rows. */
  listening: () => void;
};

/**
 * Nest's transport strategy: serves topics by the application's `@RpcController` classes, and hands events to its
 * `@EventPattern` handlers. Whoever opened the connection closes it.
 */
export class OsloServer extends Server<OsloServerEvents> implements CustomTransportStrategy {
  readonly #options: OsloServerOptions;
  readonly #duplicates = new Set<string>();
  readonly #servers = new Map<string, RpcServer>();
  readonly #events = new EventHandlers();
  readonly #onListening: (() => void)[] = [];
  #subscription: Subscription | undefined;
  #closed = false;

  constructor(options: OsloServerOptions) {
    super();
    this.#options = options;
  }

  override addHandler(
    name: unknown,
    handler: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (isEventHandler === true) {
      this.#events.add(String(name), handler);
      return;
    }
    if (this.messageHandlers.has(String(name))) this.#duplicates.add(String(name));
    super.addHandler(name, handler, isEventHandler, extras);
  }

  /** Calls back when every topic and the events are consumed, or with the error of the handlers. */
  listen(callback: (error?: unknown) => void): void {
    this.#start().then(
      () => {
        callback();
      },
      (error: unknown) => {
        callback(error);
      },
    );
  }

  /** Stops consuming and waits for the handlers under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#consuming.map((each) => each.close(this.#options.drainMs)));
  }

  /** Stops consuming from the topic's shared queue, until `resume`. */
  async pause(topic: Topic): Promise<void> {
    await this.#servers.get(topic.topic)?.pause();
  }

  async resume(topic: Topic): Promise<void> {
    await this.#servers.get(topic.topic)?.resume();
  }

  on<E extends keyof OsloServerEvents>(_event: E, callback: OsloServerEvents[E]): void {
    this.#onListening.push(callback);
  }

  /** The `RpcConnection`. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as Nest declares it
  unwrap<T>(): T {
    return this.#options.connection as T;
  }

  async #start(): Promise<void> {
    this.#check();
    if (this.#closed) throw new Error('the server was closed before it listened');
    const { connection, topics = [], events, ...options } = this.#options;
    for (const topic of topics) {
      const handlerOf = (method: string) => this.#handler(pattern(topic.topic, method));
      this.#servers.set(topic.topic, new RpcServer(connection, topic, handlerOf, options));
    }
    if (events !== undefined) {
      const onListening = () => {
        for (const callback of this.#onListening) callback();
      };
      this.#subscription = this.#events.open(connection, {
        source: events,
        onListening,
        ...options,
      });
    }
    await Promise.all(this.#consuming.map((each) => each.ready()));
  }

  get #consuming(): (RpcServer | Subscription)[] {
    const subscriptions = this.#subscription === undefined ? [] : [this.#subscription];
    return [...this.#servers.values(), ...subscriptions];
  }

  /** Every method of every topic must have one handler, every handler a method, every event handler a source. */
  #check(): void {
    const { topics = [], events } = this.#options;
    const expected = topics.flatMap(({ topic, methods }) =>
      Object.keys(methods).map((method) => pattern(topic, method)),
    );
    const missing = expected.filter((name) => !this.messageHandlers.has(name));
    const foreign = [...this.messageHandlers.keys()].filter((name) => !expected.includes(name));
    const { patterns } = this.#events;
    const problems = [
      ...missing.map((name) => `${name} has no handler`),
      ...[...this.#duplicates].map((name) => `${name} has two handlers`),
      ...foreign.map((name) => `${name} belongs to no topic that is served`),
      ...(events === undefined ? patterns.map((name) => `events ${name} have no source`) : []),
      ...(events !== undefined && patterns.length === 0 ? ['events have no handler'] : []),
    ];
    if (problems.length > 0) throw new Error(`RPC handlers: ${problems.join('; ')}`);
  }

  #handler(name: string): Handler {
    const handler = this.messageHandlers.get(name);
    if (handler === undefined) throw new Error(`${name} has no handler`);
    return (args, ctx) => outcomeOf(handler, args, ctx);
  }
}
