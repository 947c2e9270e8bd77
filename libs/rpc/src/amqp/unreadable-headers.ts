/**
 * amqplib reads a message's headers by recursion, and takes headers that it cannot read (nested some thousands deep, of an
 * unknown type, cut short) for the end of the connection. The broker, which lets them pass, would deliver the message to each
 * new connection, and so end all of them. Here such a message has one header, which says so.
 */
import type { ChannelModel } from 'amqplib';
import { unreadableHeader } from '../consume/counts.js';

/** What is used of amqplib's connection, which is not in its types. */
interface FrameReader {
  /** Bytes that came and are not read yet. */
  readonly rest: Buffer;
  /** The next frame, or false when it is not there yet. Takes the frame from `rest` before it decodes it. */
  recvFrame: () => unknown;
}

const headerFrame = 2;
const basicClass = 60;
const frameHead = 7;
const propertiesHead = 14;

/** From now on no message's headers end the connection. */
export function toleratingHeaders(model: ChannelModel): void {
  const reader = model.connection as unknown as FrameReader;
  const receive = reader.recvFrame.bind(reader);
  reader.recvFrame = () => {
    const { rest } = reader;
    try {
      return receive();
    } catch (error) {
      // Without that frame nothing more is to be understood.
      if (reader.rest === rest || !isHeader(rest)) throw error;
      return withoutHeaders(rest);
    }
  };
}

/** AMQP 0-9-1, 2.3.5: type, channel, size; then class, weight, size of the body, flags. */
const isHeader = (bytes: Buffer): boolean =>
  bytes.length >= frameHead + propertiesHead &&
  bytes.readUInt8(0) === headerFrame &&
  bytes.readUInt16BE(frameHead) === basicClass;

const withoutHeaders = (bytes: Buffer): object => ({
  id: basicClass,
  channel: bytes.readUInt16BE(1),
  size: Number(bytes.readBigUInt64BE(frameHead + 4)),
  fields: { headers: { [unreadableHeader]: true } },
});
