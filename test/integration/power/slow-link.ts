import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface SlowLink {
  readonly port: number;
  readonly close: () => void;
}

/** A UDP port of the loopback before that of a BMC, which holds each answer for `delayMs`. */
export async function startSlowLink(target: number, delayMs: number): Promise<SlowLink> {
  const near = createSocket('udp4');
  const fars = new Map<number, Socket>();
  const held = new Set<NodeJS.Timeout>();
  near.on('message', (message, { port }) => {
    const far = fars.get(port) ?? createSocket('udp4');
    if (!fars.has(port)) {
      fars.set(port, far);
      far.on('message', (answer) => {
        const timer = setTimeout(() => {
          held.delete(timer);
          near.send(answer, port, '127.0.0.1');
        }, delayMs);
        held.add(timer);
      });
    }
    far.send(message, target, '127.0.0.1');
  });
  near.bind(0, '127.0.0.1');
  await once(near, 'listening');
  return {
    port: near.address().port,
    close: () => {
      held.forEach(clearTimeout);
      near.close();
      fars.forEach((far) => far.close());
    },
  };
}
