import type { Secrets } from './secrets.js';

/** Whose system phones home, and from which installation. */
export interface PhoneHomeBinding {
  readonly instance: string;
  /** uuid of the node that it was written to, and the node's epoch then. */
  readonly node: string;
  readonly epoch: number;
}

/**
 * The token by which an installed system shows whose it is (256 bits, hexadecimal). Derived, never stored; with the epoch
 * it ends, so that what an abandoned node still runs can't speak for the server that was built elsewhere.
 */
export const phoneHomeToken = (
  secrets: Secrets,
  { instance, node, epoch }: PhoneHomeBinding,
): string => secrets.derive('phone-home', instance, node, epoch);
