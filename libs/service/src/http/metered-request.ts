import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A body may have so many pieces of any size: for a client that writes little at a time. */
const freePieces = 1000;
const leastPieceBytes = 64;

/** Beyond this, framing may be as long as the body. A packet counts whole, including its part of later requests. */
const freeWireBytes = 128 * 1024;

/**
 * Requests that end their connection, and call `ended`, when their body costs much more than its bytes: each chunk is
 * an event, however small, and a chunk's extension may be a thousand times as long as its data. This works also for a
 * body that is not read.
 */
export function meteredRequests(ended: (socket: Socket) => void): typeof IncomingMessage {
  return class MeteredRequest extends IncomingMessage {
    private readonly wireBegin: number;
    private pieces = 0;
    private bytes = 0;
    private isOver = false;

    constructor(socket: Socket) {
      super(socket);
      this.wireBegin = socket.bytesRead;
    }

    /** Node calls it for each piece, even for pieces of a packet whose connection has ended. */
    override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
      if (this.isOver) {
        return true;
      }
      if (piece !== null) {
        this.pieces += 1;
        this.bytes += piece.length;
        if (this.costsTooMuch()) {
          this.isOver = true;
          this.socket.destroy();
          ended(this.socket);
          return true;
        }
      }
      return super.push(piece, encoding);
    }

    private costsTooMuch(): boolean {
      const { pieces, bytes, socket, wireBegin } = this;
      return (
        (pieces > freePieces && bytes < pieces * leastPieceBytes) ||
        socket.bytesRead - wireBegin > 2 * bytes + freeWireBytes
      );
    }
  };
}

/** Node would discard an unread body after the answer without measuring it: so the body is read, and measured. */
export function meterUnread(request: IncomingMessage, response: ServerResponse): void {
  response.prependOnceListener('finish', () => {
    if (!request.complete && request.readableFlowing === null) {
      request.read();
      request.resume();
    }
  });
}
