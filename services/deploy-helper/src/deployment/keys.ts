import { createHash } from 'node:crypto';
import type { Secrets } from '@metalcast/db';

/** The ramdisk that speaks for a deployment. */
export interface SessionOf {
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly nonceHash: string;
}

export interface AttemptOf {
  readonly node: string;
  readonly epoch: number;
  readonly attempt: number;
}

/** Derived, never stored: every helper that has the master key comes to the same one. */
export const sessionKey = (secrets: Secrets, of: SessionOf): string =>
  secrets.derive('session', of.node, of.epoch, of.bootTry, of.nonceHash);

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface Chap {
  readonly user: string;
  readonly secret: string;
}

/** 16 characters, the most that CHAP peers are sure to take (RFC 7143 section 12.1.3 wants 96 bits). */
export function chapOf(secrets: Secrets, { node, epoch, attempt }: AttemptOf): Chap {
  const key = Buffer.from(secrets.derive('chap', node, epoch, attempt), 'hex');
  // 16 of base64's characters are 96 bits; its two signs would be unsafe in a shell's option.
  const secret = key.subarray(0, 12).toString('base64').replaceAll('+', '.').replaceAll('/', '_');
  return { user: `e${epoch}a${attempt}`, secret };
}

/** Names epoch and attempt, so that a writer of an older one finds no such target. */
export const targetName = ({ node, epoch, attempt }: AttemptOf): string =>
  `iqn.2026-11.internal.metalcast:${node}.e${epoch}.a${attempt}`;
