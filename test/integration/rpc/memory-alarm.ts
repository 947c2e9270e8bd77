import type { TcpProxy } from '../tcp-proxy.js';

/** Lets the broker behind it behave as one that is short of memory: it says so, and reads nothing more. */
export function beginAlarm({ pairs }: TcpProxy): void {
  for (const { near, far } of pairs) {
    near.unpipe(far);
    near.write(connectionFrame(60, Buffer.from('\x0alow memory')));
  }
}

export function endAlarm({ pairs }: TcpProxy): void {
  for (const { near, far } of pairs) {
    near.write(connectionFrame(61));
    near.pipe(far);
  }
}

/** A method of class `connection` on channel 0 (AMQP 0-9-1, 4.2.3). */
function connectionFrame(method: number, fields = Buffer.alloc(0)): Buffer {
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 4 + fields.length, 0, 10, 0, method]);
  return Buffer.concat([head, fields, Buffer.from([0xce])]);
}
