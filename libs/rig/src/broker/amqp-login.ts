import type { Socket } from 'node:net';
import { dial, type Endpoint } from '../forward/dial.js';
import {
  frameOf,
  is,
  longString,
  methodsIn,
  shortString,
  uint16,
  uint32,
  type Method,
  type MethodId,
} from './amqp-frames.js';

export interface AmqpLogin {
  readonly user: string;
  readonly password: string;
  /** Default `/`. */
  readonly vhost?: string;
}

const method = {
  start: [10, 10],
  startOk: [10, 11],
  tune: [10, 30],
  tuneOk: [10, 31],
  open: [10, 40],
  openOk: [10, 41],
  close: [10, 50],
  closeOk: [10, 51],
} as const satisfies Record<string, MethodId>;

/**
 * Logs in by SASL PLAIN and opens the virtual host, as a client does. Resolves with true when the broker has accepted
 * both. Throws with the broker's own text when it refuses.
 */
export async function logInByAmqp(endpoint: Endpoint, login: AmqpLogin): Promise<true> {
  let answered = 0;
  return dial(endpoint, Buffer.from('AMQP\0\0\x09\x01', 'latin1'), (received, socket) => {
    const methods = methodsIn(received);
    for (const each of methods.slice(answered)) {
      answer(each, login, socket);
    }
    answered = methods.length;
    return methods.some((each) => is(each, method.closeOk)) ? true : undefined;
  });
}

function answer(received: Method, { user, password, vhost = '/' }: AmqpLogin, to: Socket): void {
  if (is(received, method.start)) {
    const [mechanism, locale] = [shortString('PLAIN'), shortString('en_US')];
    const response = longString(`\0${user}\0${password}`);
    to.write(frameOf(method.startOk, properties, mechanism, response, locale));
  } else if (is(received, method.tune)) {
    // Accepts the broker's limits of channels and frames, without heartbeats.
    to.write(frameOf(method.tuneOk, received.arguments.subarray(0, 6), uint16(0)));
    to.write(frameOf(method.open, shortString(vhost), shortString(''), Buffer.from([0])));
  } else if (is(received, method.openOk)) {
    to.write(frameOf(method.close, uint16(200), shortString(''), uint32(0)));
  } else if (is(received, method.close)) {
    const length = received.arguments[2] ?? 0;
    throw new Error(received.arguments.subarray(3, 3 + length).toString());
  }
}

/** With this capability a broker reports a wrong password. Without it, the broker only closes the connection later. */
const properties = longString(
  Buffer.concat([
    shortString('capabilities'),
    Buffer.from('F'),
    longString(
      Buffer.concat([shortString('authentication_failure_close'), Buffer.from('t\x01', 'latin1')]),
    ),
  ]),
);
