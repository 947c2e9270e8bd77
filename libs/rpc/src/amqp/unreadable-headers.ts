/**
 * amqplib decodes a message's headers by recursion. It ends the connection when it cannot decode them (nested some
 * thousands deep, of an unknown type, cut short). The broker accepts such a message, so it would deliver the message to
 * each new connection, and each would end. Here such a message gets a single header that marks it as unreadable.
 */
import type { ChannelModel } from 'amqplib';
import { unreadableHeader } from '../consume/counts.js';

/** The part of amqplib's connection that is used here; its types do not contain it. */
interface FrameReader {
  /** Received bytes that are not decoded yet. */
  readonly rest: Buffer;
  /** Returns the next frame, or false when it is not complete. Removes the frame from `rest` before it decodes it. */
  recvFrame: () => unknown;
}

const headerFrame = 2;
const basicClass = 60;
const frameHead = 7;
const propertiesHead = 14;

/** From now on unreadable headers do not end the connection. */
export function toleratingHeaders(model: ChannelModel): void {
  const reader = model.connection as unknown as FrameReader;
  const receive = reader.recvFrame.bind(reader);
  reader.recvFrame = () => {
    const { rest } = reader;
    try {
      return receive();
    } catch (error) {
      // The frame is not a header: nothing after it can be understood.
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
