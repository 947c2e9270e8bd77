// Bodies that nobody expects, sent to a work queue as any peer of the broker could.
import { connect } from 'amqplib';
import fc from 'fast-check';

const methods = fc.constantFrom('prepare', 'deploy', 'advance', 'constructor', '__proto__', '');
const message = fc.record(
  {
    method: fc.oneof(methods, fc.jsonValue()),
    args: fc.jsonValue(),
    version: fc.oneof(fc.constantFrom('1.0', '9.9', ''), fc.jsonValue()),
    _unique_id: fc.jsonValue(),
    _msg_id: fc.oneof(fc.string(), fc.jsonValue()),
    _reply_q: fc.oneof(fc.string(), fc.jsonValue()),
    _timeout: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const envelope = message.map((inner) => ({
  'oslo.version': '2.0',
  'oslo.message': JSON.stringify(inner),
}));
const body = fc.oneof(
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.oneof(message, envelope).map((value) => Buffer.from(JSON.stringify(value))),
);

/** Settles when the broker has them all. */
export async function sendNoise(
  url: string,
  queue: string,
  { seed, count }: { seed: number; count: number },
): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  for (const each of fc.sample(body, { seed, numRuns: count })) {
    channel.sendToQueue(queue, each, { contentType: 'application/json' });
  }
  await channel.waitForConfirms();
  await connection.close();
}
