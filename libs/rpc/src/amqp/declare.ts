import type { Channel, ChannelModel } from 'amqplib';
import type { Exchange, Queue, Topology } from '../topology.js';

/** AMQP 0-9-1, 1.2 reply codes. */
const accessRefused = 403;
const notFound = 404;
const preconditionFailed = 406;

/** What the administrator declares for users of the services is missing, and this user may not declare it. */
export class DefinitionsMissing extends Error {
  override readonly name = 'DefinitionsMissing';
  readonly code = accessRefused;

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const how = 'metalcast broker users create FOLDER …, then rabbitmqctl import_definitions';
    super(`${why}; this user may not declare it: load the definitions (${how})`, { cause });
  }
}

/** Declares a queue on the channel that is to consume from it, and binds it. */
export async function declareQueue(channel: Channel, queue: Queue): Promise<void> {
  if (queue.isOthers !== true) await assertQueue(channel, queue);
  await bind(channel, queue);
}

async function assertExchange(
  channel: Channel,
  { name, type, durable, autoDelete, alternate }: Exchange,
): Promise<void> {
  const options = alternate === undefined ? {} : { alternateExchange: alternate };
  await channel.assertExchange(name, type, { durable, autoDelete, ...options });
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

async function passOn(channel: Channel, { name, passes }: Exchange): Promise<void> {
  for (const key of passes?.keys ?? []) await channel.bindExchange(passes?.to ?? '', name, key);
}

/** Connections whose user may not declare what is administered. */
const restricted = new WeakSet<ChannelModel>();

/** Uses its own channels, because a refused declaration closes its channel. */
export async function declareApart(model: ChannelModel, topology: Topology): Promise<void> {
  const administered = part(topology, true);
  if (administered.exchanges.length + administered.queues.length > 0) {
    await declareOrFind(model, administered);
  }
  await declareAll(model, part(topology, false));
}

const part = ({ exchanges, queues }: Topology, administered: boolean): Topology => ({
  exchanges: exchanges.filter((each) => (each.administered === true) === administered),
  queues: queues.filter((each) => (each.administered === true) === administered),
});

/**
 * RabbitMQ asks for the right to configure even where an equal exchange or queue exists, but for no right at all when
 * it is only looked for. A look does not compare arguments: so it is taken only where the user may not declare.
 */
async function declareOrFind(model: ChannelModel, topology: Topology): Promise<void> {
  if (!restricted.has(model)) {
    try {
      await declareAll(model, topology);
      return;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      // The broker logs each refusal: one for a connection is enough.
      restricted.add(model);
    }
  }
  try {
    await onOwnChannel(model, (channel) => find(channel, topology));
  } catch (error) {
    throw isMissing(error) ? new DefinitionsMissing(error) : error;
  }
}

async function find(channel: Channel, { exchanges, queues }: Topology): Promise<void> {
  for (const { name } of exchanges) await channel.checkExchange(name);
  for (const { name } of queues) await channel.checkQueue(name);
}

async function declareAll(model: ChannelModel, { exchanges, queues }: Topology): Promise<void> {
  const exact = queues.filter(({ asFound }) => asFound !== true);
  if (exchanges.length + exact.length > 0) {
    await onOwnChannel(model, async (channel) => {
      for (const exchange of exchanges) await assertExchange(channel, exchange);
      for (const exchange of exchanges) await passOn(channel, exchange);
      for (const queue of exact) await declareQueue(channel, queue);
    });
  }
  for (const queue of queues) {
    if (queue.asFound === true) await declareAsFound(model, queue);
  }
}

async function declareAsFound(model: ChannelModel, queue: Queue): Promise<void> {
  try {
    await onOwnChannel(model, (channel) => declareQueue(channel, queue));
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
