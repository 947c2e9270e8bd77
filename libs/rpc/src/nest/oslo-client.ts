import { ownValue } from '@metalcast/domain';
import type { ArgsIn, RequestContext, ResultOf, Topic } from '@metalcast/contracts';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import {
  rpcClient,
  type Client,
  type ClientOptions,
  type OfStyle,
  type SendOptions,
} from '../client/client.js';
import type { RpcConnection } from '../connection.js';

export interface RecordOptions extends SendOptions {
  /** A cast to every server that is present, in place of one. */
  readonly fanout?: true;
}

/** What `send` and `emit` take beside the method: its arguments, for whom, and options of this one message. */
export class OsloRecord<A = unknown> {
  constructor(
    readonly args: A,
    readonly ctx: RequestContext,
    readonly options: RecordOptions = {},
  ) {}
}

type Packet = ReadPacket<OsloRecord>;
type Sends = Record<
  string,
  (args: unknown, ctx: RequestContext, options: SendOptions) => Promise<unknown>
>;

/**
 * A topic's client as its users see it, typed by the contract. Casts that belong to a change of state go through the
 * outbox (`castMessage`) in place of `emit`.
 */
export interface OsloClient<T extends Topic> extends Omit<ClientProxy, 'send' | 'emit'> {
  /**
   * Calls, when it is subscribed to, and emits the answer. Faults: RPC_TIMEOUT, and what the server throws: Fault for
   * known codes, else RemoteError.
   */
  send<M extends OfStyle<T, 'call'>>(
    method: M,
    record: OsloRecord<ArgsIn<T, M>>,
  ): Observable<ResultOf<T, M>>;
  /** Casts, at once. Emits `undefined` when a queue has the message. */
  emit<M extends OfStyle<T, 'cast'>>(
    method: M,
    record: OsloRecord<ArgsIn<T, M>>,
  ): Observable<undefined>;
}

/** Nest's client of a topic. Whoever opened the connection closes it. */
export class OsloClientProxy extends ClientProxy {
  readonly #client: Client<Topic>;

  constructor(
    private readonly connection: RpcConnection,
    topic: Topic,
    defaults: ClientOptions,
  ) {
    super();
    this.#client = rpcClient(connection, topic, defaults);
  }

  /** Each message waits for the connection within its own time limit. */
  connect(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // The connection is its owner's.
  }

  /** The `RpcConnection`. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as Nest declares it
  unwrap<C>(): C {
    return this.connection as C;
  }

  protected publish(packet: Packet, callback: (packet: WritePacket) => void): () => void {
    const { args, ctx, options } = packet.data;
    this.#sends('call', packet)(args, ctx, options).then(
      (response) => {
        callback({ response, isDisposed: true });
      },
      (err: unknown) => {
        callback({ err });
      },
    );
    return () => undefined;
  }

  protected dispatchEvent<R>(packet: Packet): Promise<R> {
    const { args, ctx, options } = packet.data;
    const style = options.fanout === true ? 'fanout' : 'cast';
    return this.#sends(style, packet)(args, ctx, options) as Promise<R>;
  }

  #sends(style: keyof Client<Topic>, { pattern }: Packet): Sends[string] {
    const send = ownValue(this.#client[style] as unknown as Sends, String(pattern));
    if (send === undefined) throw new TypeError(`${String(pattern)} is no ${style} of the topic`);
    return send;
  }
}
