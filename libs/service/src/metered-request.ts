import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Pieces that a body may come in whatever their size: a client that writes little at a time. */
const freePieces = 1000;
const leastPieceBytes = 64;

/** Beyond this, framing may be as long as the body. A packet counts whole, with what it holds of later requests. */
const freeWireBytes = 128 * 1024;

/**
 * Requests that end their connection, and tell `ended`, when their body costs much more than its bytes: each chunk is an
 * event, however small, and its extension may be a thousand times as long as its data. It need not be read for that.
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

    /** Node calls it for each piece, also for those that a packet still holds when its connection has ended. */
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

/** What nobody has read when the answer is out, Node would throw away without a look: so it is read, and measured. */
export function meterUnread(request: IncomingMessage, response: ServerResponse): void {
  response.prependOnceListener('finish', () => {
    if (!request.complete && request.readableFlowing === null) {
      request.read();
      request.resume();
    }
  });
}
