import type { Readable } from 'node:stream';
import { Fault } from '@metalcast/domain';

export interface BodyLimits {
  readonly maxBytes: number;
  /** From the call to the last byte. */
  readonly withinMs: number;
}

/**
 * Reads a whole body. A body that is too large or too slow is not read further; the sender of the refusal discards the
 * rest. Faults: the one of `tooLarge`; REQUEST_TIMEOUT; BAD_REQUEST when the client goes away.
 */
export function readBody(
  body: Readable,
  { maxBytes, withinMs }: BodyLimits,
  tooLarge: () => Fault,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (fault: Fault | undefined): void => {
      clearTimeout(timer);
      body.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      // Later errors of the stream do not matter: the client is gone.
      body.on('error', () => undefined);
      if (fault === undefined) {
        resolve(Buffer.concat(chunks, size));
      } else {
        body.pause();
        reject(fault);
      }
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes) {
        settle(tooLarge());
      }
    };
    const onEnd = (): void => {
      settle(undefined);
    };
    const onGone = (): void => {
      settle(new Fault('BAD_REQUEST', { reason: 'The request ended early.' }));
    };
    const timer = setTimeout(() => {
      const reason = `The body did not arrive within ${withinMs / 1000} s.`;
      settle(new Fault('REQUEST_TIMEOUT', { reason }));
    }, withinMs);
    body.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}
