/** An address as it is written in ports: IPv4 also when it came to an IPv6 socket. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address.toLowerCase();

/** As an iSCSI portal is written. */
export const portalOf = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
