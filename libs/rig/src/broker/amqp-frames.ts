/** Class and method numbers of AMQP 0-9-1. */
export type MethodId = readonly [classId: number, methodId: number];

export interface Method {
  readonly id: MethodId;
  readonly arguments: Buffer;
}

const frameEnd = 0xce;
const methodFrame = 1;

export const is = ({ id }: Method, [classId, methodId]: MethodId): boolean =>
  id[0] === classId && id[1] === methodId;

/** Parses all complete frames into methods. A frame: type, channel (2), size (4), payload, end mark. */
export function methodsIn(bytes: Buffer): Method[] {
  const methods: Method[] = [];
  let offset = 0;
  while (offset + 11 < bytes.length) {
    const end = offset + 7 + bytes.readUInt32BE(offset + 3);
    if (bytes[end] !== frameEnd) {
      break;
    }
    methods.push({
      id: [bytes.readUInt16BE(offset + 7), bytes.readUInt16BE(offset + 9)],
      arguments: bytes.subarray(offset + 11, end),
    });
    offset = end + 1;
  }
  return methods;
}

/** A method on channel 0. */
export function frameOf([classId, methodId]: MethodId, ...fields: readonly Buffer[]): Buffer {
  const payload = Buffer.concat([uint16(classId), uint16(methodId), ...fields]);
  const head = [Buffer.from([methodFrame, 0, 0]), uint32(payload.length)];
  return Buffer.concat([...head, payload, Buffer.from([frameEnd])]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export const shortString = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

export const longString = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
};
