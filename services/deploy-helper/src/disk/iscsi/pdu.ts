// The units of iSCSI (RFC 7143, section 11), as far as a writer of one disk needs them. No digests.
import type { Readable } from 'node:stream';

export const opcodes = {
  nopOut: 0x00,
  command: 0x01,
  login: 0x03,
  dataOut: 0x05,
  logout: 0x06,
  nopIn: 0x20,
  response: 0x21,
  loginResponse: 0x23,
  dataIn: 0x25,
  logoutResponse: 0x26,
  readyToTransfer: 0x31,
  reject: 0x3f,
} as const;

/** Its bytes up to the data: of some that come often the data is a part of a larger buffer. */
export interface Pdu {
  readonly header: Buffer;
  readonly data: Buffer;
}

export const headerBytes = 48;
/** Not to wait for its turn among the commands. */
export const immediate = 0x40;
/** The last one of its kind. */
export const final = 0x80;
/** No task, or no transfer. */
export const noTag = 0xffffffff;

/** Places in the header that most of them share. */
export const at = {
  flags: 1,
  lun: 8,
  task: 16,
  transfer: 20,
  expectedBytes: 20,
  commandNumber: 24,
  statusNumber: 24,
  expectedStatus: 28,
  maxCommand: 32,
  commandBlock: 32,
  dataNumber: 36,
  bufferOffset: 40,
  wantedBytes: 44,
} as const;

/** What a target sends is short: answers, log-in texts, sense data, sizes. */
const mostReceived = 64 * 1024;

export function headerOf(opcode: number, flags: number, dataBytes = 0): Buffer {
  const header = Buffer.alloc(headerBytes);
  header[0] = opcode;
  header[at.flags] = flags;
  header.writeUIntBE(dataBytes, 5, 3);
  return header;
}

export const opcodeOf = ({ header }: Pdu): number => header.readUInt8(0) & 0x3f;

/** Bytes that a data segment takes. */
export const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** The units that come; ends with the stream. Throws on one that is too large. */
export async function* pdusOf(stream: Readable): AsyncGenerator<Pdu, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const dataAt = headerBytes + rest.readUInt8(4) * 4;
      const dataBytes = rest.readUIntBE(5, 3);
      if (dataBytes > mostReceived) {
        throw new Error(`the target sends ${dataBytes} bytes at once`);
      }
      const end = dataAt + padded(dataBytes);
      if (rest.length < end) {
        break;
      }
      yield {
        header: rest.subarray(0, headerBytes),
        data: rest.subarray(dataAt, dataAt + dataBytes),
      };
      rest = rest.subarray(end);
    }
  }
}
