import { createHash } from 'node:crypto';

/** The boot for which a token was minted. */
export interface TokenBinding {
  /** uuid of the node. */
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
}

/**
 * The value of `boots.token_hash` for a one-time token (256 bits, hexadecimal). The boot service stores it when it
 * mints the token, a helper compares it when the ramdisk presents the token. A token is useless for another boot. The
 * first hello that presents the token spends it: later ones must have the same nonce
 * (services/deploy-helper/src/agent/hello.ts).
 */
export const bootTokenHash = (token: string, { node, epoch, bootTry }: TokenBinding): string =>
  createHash('sha256').update(`${node} ${epoch} ${bootTry} ${token}`).digest('hex');
