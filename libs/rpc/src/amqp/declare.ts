import type { Channel, ChannelModel } from 'amqplib';
import type { Topology } from '../topology.js';

export async function declare(channel: Channel, { exchanges, queues }: Topology): Promise<void> {
  for (const { name, type, durable, autoDelete } of exchanges) {
    await channel.assertExchange(name, type, { durable, autoDelete });
  }
  for (const { name, durable, exclusive, autoDelete, bindings, ...queue } of queues) {
    await channel.assertQueue(name, {
      durable,
      exclusive,
      autoDelete,
      arguments: { ...queue.arguments },
    });
    for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
  }
}

/** On a channel of its own: a refused declaration closes the channel that made it. */
export async function declareApart(model: ChannelModel, topology: Topology): Promise<void> {
  const channel = await model.createChannel();
  let refused: unknown;
  // The promise that waits for the answer rejects as well, but only with the frame's name.
  channel.on('error', (error) => {
    refused = error;
  });
  try {
    await declare(channel, topology);
  } catch (error) {
    throw refused ?? error;
  }
  await channel.close();
}
