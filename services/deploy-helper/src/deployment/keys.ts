import { createHash } from 'node:crypto';
import { equalSecret } from '@metalcast/domain';
import type { Deriver, Name } from '@metalcast/keys';

/** Identifies the ramdisk of a deployment. */
export interface SessionOf {
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly nonceHash: string;
  /** Creation time of the deployment: it keeps the key that was in use at that time. */
  readonly createdAt: Date;
}

export interface AttemptOf {
  readonly node: string;
  readonly epoch: number;
  readonly attempt: number;
}

const sessionName = ({ node, epoch, bootTry, nonceHash }: Omit<SessionOf, 'createdAt'>): Name => [
  'session',
  node,
  epoch,
  bootTry,
  nonceHash,
];

/** Derived, never stored: every helper derives the same key. */
export const sessionKey = (agent: Deriver, of: SessionOf): string =>
  agent.derive(of.createdAt, ...sessionName(of));

/** Tries every key: another helper may have got a new key late. */
export const isSessionKey = (
  agent: Deriver,
  of: Omit<SessionOf, 'createdAt'>,
  given: string,
): boolean => agent.deriveAll(...sessionName(of)).some((each) => equalSecret(given, each));

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface Chap {
  readonly user: string;
  readonly secret: string;
}

/** 16 characters, the longest that every CHAP peer accepts (RFC 7143 section 12.1.3 requires 96 bits). */
export function chapOf(
  agent: Deriver,
  { node, epoch, attempt, createdAt }: AttemptOf & Pick<SessionOf, 'createdAt'>,
): Chap {
  const key = Buffer.from(agent.derive(createdAt, 'chap', node, epoch, attempt), 'hex');
  // 16 characters of base64 are 96 bits. Its two special characters would be unsafe in a shell's option.
  const secret = key.subarray(0, 12).toString('base64').replaceAll('+', '.').replaceAll('/', '_');
  return { user: `e${epoch}a${attempt}`, secret };
}

/** The name contains epoch and attempt, so that the writer of an older attempt finds no such target. */
export const targetName = ({ node, epoch, attempt }: AttemptOf): string =>
  `iqn.2026-11.internal.metalcast:${node}.e${epoch}.a${attempt}`;
