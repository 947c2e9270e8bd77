import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { waitFor } from '../wait-for.js';

export interface LockOptions {
  /** Time to wait for another holder; 0 fails at once. */
  readonly timeoutMs: number;
  readonly what: string;
}

/**
 * Runs `work` while no other process in this network namespace holds the lock of that name. The lock is an abstract
 * unix socket: the kernel releases it whenever the holder ends.
 */
export async function withLock<T>(
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const held = await waitFor(() => take(name), options);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => held.close(resolve));
  }
}

/** Undefined while another process holds the lock. */
function take(name: string): Promise<Server | undefined> {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 32);
  const server = createServer((stranger) => stranger.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        resolve(undefined);
      } else {
        reject(error);
      }
    });
    server.listen(`\0metalcast-${hash}`, () => {
      resolve(server);
    });
  });
}
