import type { ArgsIn, RequestContext, Topic } from '@metalcast/contracts';
import { request } from '../client/client.js';
import { routingKey } from '../topology.js';
import { requestBody } from '../wire/request.js';

/** A message in an outbox: its body is sent unchanged at every publish, ids included. */
export interface OutgoingMessage {
  readonly kind: 'cast' | 'event' | 'notification';
  readonly routingKey: string;
  readonly body: string;
  /** How long a notification is kept when no consumer fetches it. */
  readonly expiresInMs?: number;
}

export interface CastOptions {
  readonly host?: string;
}

/** A cast to be sent later, by a Publisher. Throws when the arguments do not fit the contract. */
// eslint-disable-next-line max-params -- as Client.cast, in whose place it stands
export function castMessage<const T extends Topic, M extends keyof T['methods'] & string>(
  topic: T,
  method: M,
  args: ArgsIn<T, M>,
  ctx: RequestContext,
  { host }: CastOptions = {},
): OutgoingMessage {
  const contract = topic.methods[method];
  if (contract?.style !== 'cast') throw new Error(`${topic.topic}.${method} is not a cast`);
  return {
    kind: 'cast',
    routingKey: routingKey(topic.topic, host),
    body: requestBody(request({ name: method, method: contract, args, ctx })),
  };
}
