import { Socket } from 'node:net';
import { writeOnceATurn } from '@metalcast/work';
import { ConnectionLost } from './conflicts.js';

/**
 * A connection to the database. It breaks when nothing has come or gone for `silenceMs`: a server that froze, or whose
 * host is gone, never says so. Whatever it breaks of is ConnectionLost, so that it is not taken for an error of
 * another's socket.
 */
export class DatabaseSocket extends Socket {
  constructor(silenceMs: number) {
    super();
    writeOnceATurn(this);
    this.setTimeout(silenceMs, () => {
      this.destroy(new ConnectionLost(`the database has said nothing for ${silenceMs} ms`));
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    super._destroy(error === null ? null : ConnectionLost.of(error), callback);
  }
}
