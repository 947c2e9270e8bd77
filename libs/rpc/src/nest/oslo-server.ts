import type { Topic } from '@metalcast/contracts';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { RpcConnection } from '../connection.js';
import type { Handler } from '../server/dispatch.js';
import { RpcServer, type ServeOptions } from '../server/serve.js';
import { pattern } from './rpc-controller.js';

export interface OsloServerOptions extends ServeOptions {
  readonly connection: RpcConnection;
  readonly topics: readonly Topic[];
}

/** Nest's transport strategy: serves topics by the application's `@RpcController` classes. */
export class OsloServer extends Server implements CustomTransportStrategy {
  readonly #options: OsloServerOptions;
  readonly #duplicates = new Set<string>();
  readonly #servers = new Map<string, RpcServer>();
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
    if (this.messageHandlers.has(String(name))) this.#duplicates.add(String(name));
    super.addHandler(name, handler, isEventHandler, extras);
  }

  /** Calls back when every topic is consumed, or with the error of the handlers. */
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

  /** Stops consuming and waits for the handlers under way. The connection's owner closes the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }

  /** Stops consuming from the topic's shared queue, until `resume`. */
  async pause(topic: Topic): Promise<void> {
    await this.#servers.get(topic.topic)?.pause();
  }

  async resume(topic: Topic): Promise<void> {
    await this.#servers.get(topic.topic)?.resume();
  }

  on(): never {
    throw new Error('OsloServer has no events');
  }

  unwrap(): never {
    throw new Error('OsloServer has no driver to give away');
  }

  async #start(): Promise<void> {
    this.#check();
    if (this.#closed) throw new Error('the server was closed before it listened');
    const { connection, topics, ...options } = this.#options;
    for (const topic of topics) {
      const handlerOf = (method: string) => this.#handler(pattern(topic.topic, method));
      this.#servers.set(topic.topic, new RpcServer(connection, topic, handlerOf, options));
    }
    await Promise.all([...this.#servers.values()].map((server) => server.ready()));
  }

  /** Every method of every topic must have one handler, and every handler a method. */
  #check(): void {
    const expected = this.#options.topics.flatMap(({ topic, methods }) =>
      Object.keys(methods).map((method) => pattern(topic, method)),
    );
    const missing = expected.filter((name) => !this.messageHandlers.has(name));
    const foreign = [...this.messageHandlers.keys()].filter((name) => !expected.includes(name));
    const problems = [
      ...missing.map((name) => `${name} has no handler`),
      ...[...this.#duplicates].map((name) => `${name} has two handlers`),
      ...foreign.map((name) => `${name} belongs to no topic that is served`),
    ];
    if (problems.length > 0) throw new Error(`RPC handlers: ${problems.join('; ')}`);
  }

  #handler(name: string): Handler {
    const handler = this.messageHandlers.get(name);
    if (handler === undefined) throw new Error(`${name} has no handler`);
    return async (args, ctx) => {
      const result: unknown = await handler(args, ctx);
      return isObservable(result) ? lastValueFrom(result) : result;
    };
  }
}
