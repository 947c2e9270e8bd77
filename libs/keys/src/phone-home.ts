import { equalSecret } from '@metalcast/domain';
import type { Deriver, Name } from './deriver.js';

/** The server whose system phones home, and its installation. */
export interface PhoneHomeBinding {
  readonly instance: string;
  /** uuid of the node that it was written to, and the node's epoch then. */
  readonly node: string;
  readonly epoch: number;
}

/**
 * The token of an installed system for its call (256 bits, hexadecimal). Derived, never stored. It ends with the epoch,
 * so that a system on an abandoned node cannot speak for a server that was built on another node.
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
