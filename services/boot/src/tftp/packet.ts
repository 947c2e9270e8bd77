// The packets of TFTP (RFC 1350, options by RFC 2347) that a read-only server needs.

export const opcode = { read: 1, write: 2, data: 3, ack: 4, error: 5, optionAck: 6 } as const;

export const errorCode = {
  undefined: 0,
  notFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  badOption: 8,
} as const;

export interface ReadRequest {
  readonly filename: string;
  readonly mode: string;
  /** By name in lower case, because names are not case-sensitive. */
  readonly options: ReadonlyMap<string, string>;
}

export type ClientPacket =
  | { readonly kind: 'read'; readonly request: ReadRequest }
  | { readonly kind: 'write' }
  /** Looks like a read request, but is cut short or violates RFC 1350. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error' };

/** Undefined for a packet that a client must not send. */
export function parseClientPacket(packet: Buffer): ClientPacket | undefined {
  if (packet.length < 2) {
    return undefined;
  }
  switch (packet.readUInt16BE(0)) {
    case opcode.read: {
      const request = parseRequest(packet.subarray(2));
      return request === undefined ? { kind: 'malformed' } : { kind: 'read', request };
    }
    case opcode.write:
      return { kind: 'write' };
    case opcode.ack:
      return packet.length < 4 ? undefined : { kind: 'ack', block: packet.readUInt16BE(2) };
    case opcode.error:
      return { kind: 'error' };
    default:
      return undefined;
  }
}

function parseRequest(body: Buffer): ReadRequest | undefined {
  const [filename, mode, ...rest] = body.toString('latin1').split('\0');
  // Every field ends with a zero byte, so that the part after the last one is empty.
  if (filename === undefined || filename === '' || mode === undefined || rest.pop() !== '') {
    return undefined;
  }
  const options = new Map<string, string>();
  for (let index = 0; index + 1 < rest.length; index += 2) {
    options.set((rest[index] ?? '').toLowerCase(), rest[index + 1] ?? '');
  }
  return { filename, mode: mode.toLowerCase(), options };
}

export function dataPacket(block: number, data: Buffer): Buffer {
  return Buffer.concat([words(opcode.data, block), data]);
}

export function optionAckPacket(options: ReadonlyMap<string, number>): Buffer {
  const fields = [...options].map(([name, value]) => `${name}\0${value}\0`).join('');
  return Buffer.concat([words(opcode.optionAck), Buffer.from(fields, 'latin1')]);
}

export function errorPacket(code: number, message: string): Buffer {
  return Buffer.concat([words(opcode.error, code), Buffer.from(`${message}\0`, 'latin1')]);
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16BE(value, index * 2));
  return buffer;
}
