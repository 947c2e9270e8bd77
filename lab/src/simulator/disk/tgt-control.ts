// Uses tgtd's management socket directly: tgtadm takes the CHAP secret as an argument, which other users could read.
import { connect } from 'node:net';

const modes = { system: 0, target: 1, device: 2, account: 7 } as const;
const operations = { create: 0, show: 2, bind: 3, update: 5 } as const;

/** `struct tgtadm_req` and `struct tgtadm_rsp` of tgt 1.0.x (usr/tgtadm.h), little-endian. */
const requestBytes = 120;
const answerBytes = 8;
const at = { mode: 0, operation: 4, driver: 8, length: 72, target: 76, lun: 88 } as const;
const none = 0xff_ff_ff_ff_ff_ff_ff_ffn;
const timeoutMs = 10_000;

export interface TgtRequest {
  readonly mode: keyof typeof modes;
  readonly operation: keyof typeof operations;
  readonly target?: number;
  readonly lun?: number;
  /** `name=value`, the format of tgtadm. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Sends one request to the tgtd at the socket. Rejects when tgtd refuses it, or does not answer within 10 s. */
export function requestTgtd(socketPath: string, request: TgtRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath });
    let received: Buffer = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('tgtd does not answer')));
    socket.once('connect', () => socket.write(encoded(request)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
    });
    socket.once('error', reject);
    socket.once('close', () => {
      const error = received.length < answerBytes ? undefined : received.readUInt32LE(0);
      if (error === 0) {
        resolve();
      } else {
        const what = `${request.operation} ${request.mode}`;
        reject(new Error(`tgtd refused to ${what}: ${error ?? 'no answer'}`));
      }
    });
  });
}

function encoded({ mode, operation, target = -1, lun, parameters = {} }: TgtRequest): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const tail = text === '' ? Buffer.alloc(0) : Buffer.from(`${text}\0`);
  const head = Buffer.alloc(requestBytes);
  head.writeUInt32LE(modes[mode], at.mode);
  head.writeUInt32LE(operations[operation], at.operation);
  head.write('iscsi', at.driver, 'latin1');
  head.writeUInt32LE(requestBytes + tail.length, at.length);
  head.writeInt32LE(target, at.target);
  head.writeBigUInt64LE(lun === undefined ? none : BigInt(lun), at.lun);
  return Buffer.concat([head, tail]);
}
