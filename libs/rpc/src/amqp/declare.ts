import type { Channel, ChannelModel } from 'amqplib';
import type { Queue, Topology } from '../topology.js';

/** AMQP 0-9-1, 1.2 reply codes. */
const accessRefused = 403;
const preconditionFailed = 406;

export async function declare(channel: Channel, { exchanges, queues }: Topology): Promise<void> {
  for (const { name, type, durable, autoDelete } of exchanges) {
    await channel.assertExchange(name, type, { durable, autoDelete });
  }
  for (const queue of queues) {
    await channel.assertQueue(queue.name, {
      durable: queue.durable,
      exclusive: queue.exclusive,
      autoDelete: queue.autoDelete,
      arguments: { ...queue.arguments },
    });
    await bind(channel, queue);
  }
}

/** Bound anew before it is unbound, so that no message falls between. */
async function bind(
  channel: Channel,
  { name, bindings, formerBindings = [] }: Queue,
): Promise<void> {
  for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
  for (const { exchange, key } of formerBindings) await channel.unbindQueue(name, exchange, key);
}

/** On a channel of its own: a refused declaration closes the channel that made it. */
export async function declareApart(model: ChannelModel, topology: Topology): Promise<void> {
  try {
    await onOwnChannel(model, (channel) => declare(channel, topology));
  } catch (error) {
    const { queues } = topology;
    if (!isMismatch(error) || queues.length === 0 || !queues.every(({ asFound }) => asFound)) {
      throw error;
    }
    await onOwnChannel(model, async (channel) => {
      for (const queue of queues) await bind(channel, queue);
    });
  }
}

/** It exists, with other arguments. */
const isMismatch = (error: unknown): boolean => hasCode(error, preconditionFailed);

/** The broker's user may not: no further try will do. */
export const isForbidden = (error: unknown): error is Error => hasCode(error, accessRefused);

const hasCode = (error: unknown, code: number): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

async function onOwnChannel(
  model: ChannelModel,
  work: (channel: Channel) => Promise<void>,
): Promise<void> {
  const channel = await model.createChannel();
  let refused: unknown;
  // The promise that waits for the answer rejects as well, but only with the frame's name.
  channel.on('error', (error) => {
    refused = error;
  });
  try {
    await work(channel);
  } catch (error) {
    throw refused ?? error;
  }
  await channel.close();
}
