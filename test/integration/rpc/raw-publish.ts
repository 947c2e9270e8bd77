import type { ChannelModel } from 'amqplib';

/**
 * Publishes a message without body whose headers are `table`, as encoded: what no client library would make
 * (AMQP 0-9-1, 2.3.5 and 4.2.6). Frames up to the broker's limit go through.
 */
export async function publishWithHeaders(
  model: ChannelModel,
  { exchange, routingKey }: { readonly exchange: string; readonly routingKey: string },
  table: Buffer,
): Promise<void> {
  const channel = await model.createChannel();
  const { ch: number } = channel as unknown as { readonly ch: number };
  const { stream } = model.connection as unknown as { readonly stream: NodeJS.WritableStream };
  const publish = Buffer.concat([
    Buffer.from([0, 60, 0, 40, 0, 0]),
    shortString(exchange),
    shortString(routingKey),
    Buffer.from([0]),
  ]);
  const properties = Buffer.concat([
    Buffer.from([0, 60, 0, 0]),
    Buffer.alloc(8),
    // headers and delivery mode
    Buffer.from([0x30, 0]),
    longString(table),
    Buffer.from([2]),
  ]);
  stream.write(frame(1, number, publish));
  stream.write(frame(2, number, properties));
  // The answer to this comes after the broker has read the frames.
  await channel.checkExchange('amq.topic');
  await channel.close();
}

/** A table in a table in a table … */
export function nestedTable(depth: number): Buffer {
  const head = Buffer.from([1, 0x61, 0x46]);
  const parts: Buffer[] = [];
  for (let level = 0; level < depth; level += 1) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE((depth - 1 - level) * 7);
    parts.push(head, size);
  }
  return Buffer.concat(parts);
}

/** A list in a list in a list … */
export function nestedList(depth: number): Buffer {
  const parts: Buffer[] = [Buffer.from([1, 0x61])];
  for (let level = 0; level < depth; level += 1) {
    const head = Buffer.alloc(5, 'A');
    head.writeUInt32BE((depth - 1 - level) * 5, 1);
    parts.push(head);
  }
  return Buffer.concat(parts);
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

const shortString = (text: string): Buffer =>
  Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);

function longString(content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  return Buffer.concat([size, content]);
}
