import { equalSecret } from '@metalcast/domain';
import type { Deriver, Name } from './deriver.js';

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
export const phoneHomeToken = (agent: Deriver, binding: PhoneHomeBinding): string =>
  agent.derive(new Date(), ...nameOf(binding));

/** Whether the token was given to this installation, by whichever key. */
export const isPhoneHomeToken = (
  agent: Deriver,
  binding: PhoneHomeBinding,
  token: string,
): boolean => agent.deriveAll(...nameOf(binding)).some((each) => equalSecret(token, each));

const nameOf = ({ instance, node, epoch }: PhoneHomeBinding): Name => [
  'phone-home',
  instance,
  node,
  epoch,
];
