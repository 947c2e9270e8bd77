import { dial, type Endpoint } from '../forward/dial.js';

export interface AmqpLogin {
  readonly user: string;
  readonly password: string;
}

/** Class and method numbers of AMQP 0-9-1. */
const [connectionStart, connectionStartOk, connectionTune] = [
  [10, 10],
  [10, 11],
  [10, 30],
] as const;
const frameEnd = 0xce;

/** Logs in by SASL PLAIN as a client would; true once the broker has accepted it. Throws until then. */
export async function logInByAmqp(endpoint: Endpoint, login: AmqpLogin): Promise<true> {
  let started = false;
  return dial(endpoint, Buffer.from('AMQP\0\0\x09\x01', 'latin1'), (received, socket) => {
    const methods = methodsIn(received);
    if (!started && includes(methods, connectionStart)) {
      started = true;
      socket.write(startOk(login));
    }
    return includes(methods, connectionTune) ? true : undefined;
  });
}

type Method = readonly [classId: number, methodId: number];

const includes = (methods: readonly Method[], wanted: Method): boolean =>
  methods.some(([classId, methodId]) => classId === wanted[0] && methodId === wanted[1]);

/** The methods of all whole frames. A frame: type, channel (2), size (4), payload, end mark. */
function methodsIn(bytes: Buffer): Method[] {
  const methods: Method[] = [];
  let offset = 0;
  while (offset + 11 < bytes.length) {
    const end = offset + 7 + bytes.readUInt32BE(offset + 3);
    if (bytes[end] !== frameEnd) {
      break;
    }
    methods.push([bytes.readUInt16BE(offset + 7), bytes.readUInt16BE(offset + 9)]);
    offset = end + 1;
  }
  return methods;
}

function startOk({ user, password }: AmqpLogin): Buffer {
  const response = Buffer.from(`\0${user}\0${password}`);
  const payload = Buffer.concat([
    uint16(connectionStartOk[0]),
    uint16(connectionStartOk[1]),
    uint32(0),
    shortString('PLAIN'),
    uint32(response.length),
    response,
    shortString('en_US'),
  ]);
  return Buffer.concat([
    Buffer.from([1, 0, 0]),
    uint32(payload.length),
    payload,
    Buffer.from([frameEnd]),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const shortString = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
