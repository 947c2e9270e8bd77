import ipaddr from 'ipaddr.js';

/**
 * What limits per client count by: an IPv4 address (also as IPv6 writes it), or the /64 of an IPv6 address, of which a
 * client has as many addresses as it likes. Text that is no address counts as itself.
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
