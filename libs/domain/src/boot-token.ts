import { createHash } from 'node:crypto';

/** The boot for which a token was minted. */
export interface TokenBinding {
  /** uuid of the node. */
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
}

/**
 * What `boots.token_hash` holds of a one-time token (256 bits, hexadecimal): boot stores it when it mints the
 * token, a helper compares it when the ramdisk shows the token. A token says nothing about another boot.
 */
export const bootTokenHash = (token: string, { node, epoch, bootTry }: TokenBinding): string =>
  createHash('sha256').update(`${node} ${epoch} ${bootTry} ${token}`).digest('hex');
