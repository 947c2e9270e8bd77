import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LabPaths } from '@metalcast/lab';
import { connect, type ChannelModel } from 'amqplib';
import { z } from 'zod';

const identityFile = z.object({ user: z.string(), password: z.string() });
const portsFile = z.object({ management: z.int() });
const traced = z.object({ exchange_name: z.string(), routing_keys: z.array(z.string()) });
const relayFile = z.object({ amqp: z.int() });

/** Records every message that is published in the lab's broker, on any exchange, with or without bound queues. */
export class BrokerTap {
  /** "exchange routing-key" of all messages. */
  readonly seen = new Set<string>();
  readonly #messages: string[] = [];
  #closed: Promise<void> | undefined;

  private constructor(private readonly connection: ChannelModel) {}

  static async open({ data, namespace, sockets }: LabPaths): Promise<BrokerTap> {
    const broker = join(data, 'broker');
    const { user, password } = identityFile.parse(json(join(broker, 'identity.json')));
    const { management } = portsFile.parse(json(join(broker, 'ports.json')));
    await traceOn(namespace, { port: management, user, password });
    const { amqp } = relayFile.parse(json(join(sockets, 'relay-outside.ready.json')));
    const connection = await connect(`amqp://${user}:${password}@127.0.0.1:${amqp}`);
    const tap = new BrokerTap(connection);
    await tap.listen();
    return tap;
  }

  /** The bodies, headers and routing keys. */
  text(): string {
    return this.#messages.join('\n');
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closed ??= this.connection.close();
    await this.#closed;
  }

  private async listen(): Promise<void> {
    const channel = await this.connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'amq.rabbitmq.trace', 'publish.#');
    await channel.consume(
      queue,
      (message) => {
        if (message !== null) {
          const { headers = {} } = message.properties;
          const { exchange_name: exchange, routing_keys: keys } = traced.parse(headers);
          this.seen.add(`${exchange} ${keys.join()}`);
          this.#messages.push(JSON.stringify(headers), message.content.toString());
        }
      },
      { noAck: true },
    );
  }
}

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

function traceOn(namespace: string, login: object): Promise<void> {
  const program = resolve('test/e2e/rack/trace-on.mjs');
  const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, program], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(JSON.stringify(login));
  return new Promise((done, failed) => {
    child.once('error', failed).once('close', (code) => {
      if (code === 0) {
        done();
      } else {
        failed(new Error(`trace-on.mjs ended with ${String(code)}`));
      }
    });
  });
}
