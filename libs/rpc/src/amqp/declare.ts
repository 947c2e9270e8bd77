import type { Channel, ChannelModel } from 'amqplib';
import type { Queue, Topology } from '../topology.js';

/** AMQP 0-9-1, 1.2 reply codes. */
const accessRefused = 403;
const notFound = 404;
const preconditionFailed = 406;

export async function declare(channel: Channel, { exchanges, queues }: Topology): Promise<void> {
  for (const { name, type, durable, autoDelete, alternate } of exchanges) {
    const options = alternate === undefined ? {} : { alternateExchange: alternate };
    await channel.assertExchange(name, type, { durable, autoDelete, ...options });
  }
  for (const queue of queues) {
    if (queue.isOthers !== true) await assertQueue(channel, queue);
    await bind(channel, queue);
  }
}

async function assertQueue(channel: Channel, queue: Queue): Promise<void> {
  await channel.assertQueue(queue.name, {
    durable: queue.durable,
    exclusive: queue.exclusive,
    autoDelete: queue.autoDelete,
    arguments: { ...queue.arguments },
  });
}

/** Bound anew before it is unbound, so that no message falls between. */
async function bind(
  channel: Channel,
  { name, bindings, formerBindings = [] }: Queue,
): Promise<void> {
  for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
  for (const { exchange, key } of formerBindings) await channel.unbindQueue(name, exchange, key);
}

/** Uses its own channel, because a refused declaration closes its channel. */
export async function declareApart(
  model: ChannelModel,
  { exchanges, queues }: Topology,
): Promise<void> {
  const exact = queues.filter(({ asFound }) => asFound !== true);
  await onOwnChannel(model, (channel) => declare(channel, { exchanges, queues: exact }));
  for (const queue of queues) {
    if (queue.asFound === true) await declareAsFound(model, queue);
  }
}

async function declareAsFound(model: ChannelModel, queue: Queue): Promise<void> {
  try {
    await onOwnChannel(model, (channel) => declare(channel, { exchanges: [], queues: [queue] }));
  } catch (error) {
    if (!isMismatch(error)) throw error;
    await onOwnChannel(model, (channel) => bind(channel, queue));
  }
}

/** For a declaration: it exists with other arguments. For a message: the broker takes no such message. */
export const isMismatch = (error: unknown): boolean => hasCode(error, preconditionFailed);

/** What is named is not there: an exchange, or a queue of another's. */
export const isMissing = (error: unknown): boolean => hasCode(error, notFound);

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
  // The promise that waits for the answer rejects as well, but its error names only the frame.
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
