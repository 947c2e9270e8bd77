/** An address as ports spell it: an IPv4 address stays IPv4, even if the call came to an IPv6 socket. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address.toLowerCase();

/** The notation of an iSCSI portal. */
export const portalOf = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
