import ipaddr from 'ipaddr.js';

/**
 * The key for limits per client: an IPv4 address (also when written as IPv6), or the /64 of an IPv6 address, within
 * which a client can take any address. Other text is its own key.
 */
export function clientKey(address: string): string {
  if (!ipaddr.isValid(address)) {
    return address;
  }
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6
    ? `${parsed.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : parsed.toString();
}
