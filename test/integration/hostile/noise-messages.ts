// Bodies that nobody expects, sent to work queues and exchanges as any peer of the broker could.
import { topics, wireName } from '@metalcast/contracts';
import { connect } from 'amqplib';
import fc from 'fast-check';

const uuid = '6f0c5f4e-0000-4000-8000-000000000001';
const methods = fc.constantFrom(
  ...Object.values(topics).flatMap((topic) => Object.keys(topic.methods).map(wireName)),
  ...['ping', 'constructor', '__proto__', ''],
);
const fields = [
  ...['node', 'epoch', 'key', 'target', 'boot_device', 'instance', 'operation_id'],
  ...['request_spec', 'filter_properties', 'question', 'offset', 'limit', '__proto__'],
];
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(uuid, 2 ** 31, 2 ** 53, -1, 1e300, '\u0000', { uuid }),
  fc.constantFrom<unknown>({ instance_uuids: [uuid] }, 'on', 'network', [], null),
);
const args = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fields), value));
const message = fc.record(
  {
    method: fc.oneof(methods, fc.jsonValue()),
    args,
    version: fc.oneof(fc.constantFrom('1.0', '2.47', '2.10', '9.9', ''), fc.jsonValue()),
    _unique_id: fc.jsonValue(),
    _msg_id: fc.oneof(fc.string(), fc.jsonValue()),
    _reply_q: fc.oneof(fc.constantFrom('reply_gone', 'reply_'), fc.string(), fc.jsonValue()),
    _timeout: fc.oneof(fc.constantFrom(0.1, 60), fc.jsonValue()),
  },
  { requiredKeys: [] },
);
const envelope = message.map((inner) => ({
  'oslo.version': '2.0',
  'oslo.message': JSON.stringify(inner),
}));
const event = fc.record(
  {
    specversion: fc.constantFrom('1.0', '9'),
    id: fc.string(),
    source: fc.string(),
    type: fc.constantFrom('node.power.changed', 'boot.prepared', 'agent.hello', 'x'),
    subject: fc.oneof(fc.constant(uuid), fc.string()),
    time: fc.string(),
    datacontenttype: fc.constant('application/json'),
    sequence: fc.constantFrom('1', '-1', 'x', '9'.repeat(30)),
    epoch: value,
    data: value,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.oneof(message, envelope, event).map((whole) => Buffer.from(JSON.stringify(whole))),
);

/** Where a message goes; to the queue of its routing key unless an exchange is named. */
export interface Target {
  readonly exchange?: string;
  readonly routingKey: string;
}

/** Settles when the broker has them all; they go to one target after the other. */
export async function sendNoise(
  url: string,
  targets: readonly Target[],
  { seed, count }: { seed: number; count: number },
): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  fc.sample(body, { seed, numRuns: count }).forEach((each, index) => {
    const { exchange = '', routingKey } = targets[index % targets.length]!;
    channel.publish(exchange, routingKey, each, { contentType: 'application/json' });
  });
  await channel.waitForConfirms();
  await connection.close();
}

/** Every way to a server of a topic, and to those who hear events. */
export const waysTo = (topic: string, host: string): readonly Target[] => [
  { routingKey: topic },
  { routingKey: `${topic}.${host}` },
  { exchange: `${topic}_fanout`, routingKey: '' },
  { exchange: 'metalcast.events', routingKey: 'node.power.changed' },
  { exchange: 'metalcast.events', routingKey: 'boot.prepared' },
  { exchange: 'metalcast.events', routingKey: 'agent.hello' },
];
