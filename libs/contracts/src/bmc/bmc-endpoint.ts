import { hostAndPort } from '@metalcast/domain';

/** The BMC of a machine, whichever driver it needs. */
export interface BmcEndpoint {
  /** The address in its canonical form, as stored. */
  readonly address: string;
  /** Canonical: an IP address, or a name that is not resolved yet. */
  readonly host: string;
  readonly port: number;
  /** Distinguishes BMCs that share a port. */
  readonly path: string;
}

/** The name of a BMC: two rows that mean the same BMC get the same name. `at`: another name or address of its host. */
export const bmcKey = ({ host, port, path }: BmcEndpoint, at = host): string =>
  `${hostAndPort(at, port)}${path}`;
