import { pino, type DestinationStream } from 'pino';

/**
 * A line is written when it is logged: handing it to a thread costs more than the write, and what a process says last
 * before it is killed would be lost. Who does not read the output holds up the process. A line that cannot be written
 * (the log's disk is full) fails nobody who logs: it is an exception that nobody has caught, once.
 */
export function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  let hasFailed = false;
  output.on('error', (error: NodeJS.ErrnoException) => {
    // pino gives up the output itself when its reader has gone.
    if (hasFailed || error.code === 'EPIPE') return;
    hasFailed = true;
    process.nextTick(() => {
      throw error;
    });
  });
  return output;
}
