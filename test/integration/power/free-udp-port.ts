import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';

/** Below the range from which the kernel takes ports for sockets that name none, as ipmitool's. */
const [lowest, highest] = [20_000, 32_000];

/** A UDP port of the loopback that nobody has now. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) {
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => {
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
