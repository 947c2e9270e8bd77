import type { Writable } from 'node:stream';

/**
 * For a socket whose protocol writes each of its messages by itself. From now on, what is written in one turn of the
 * event loop leaves by one system call: kernel and peer have less to do for many messages.
 */
export function writeOnceATurn(stream: Writable): void {
  const write: (...args: Parameters<Writable['write']>) => boolean = stream.write.bind(stream);
  const uncork = () => {
    stream.uncork();
  };
  stream.write = ((...args: Parameters<Writable['write']>) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  }) as Writable['write'];
}
