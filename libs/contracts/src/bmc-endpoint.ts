import { hostAndPort } from '@metalcast/domain';

/** What controls a machine, whichever driver speaks to it. */
export interface BmcEndpoint {
  /** The address as it is stored: in its one spelling. */
  readonly address: string;
  /** Canonical: an IP address, or a name that is still to be resolved. */
  readonly host: string;
  readonly port: number;
  /** Of a BMC that shares its port with others. */
  readonly path: string;
}

/** Names the BMC, so that two rows that mean the same one get the same name; `at`: its host by another name. */
export const bmcKey = ({ host, port, path }: BmcEndpoint, at = host): string =>
  `${hostAndPort(at, port)}${path}`;
