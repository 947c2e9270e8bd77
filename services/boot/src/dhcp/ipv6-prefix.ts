import { networkInterfaces } from 'node:os';

/** The /64 of the interface's first routable IPv6 address, as dnsmasq takes it; undefined when it has none. */
export function ipv6Prefix(interfaceName: string): string | undefined {
  const found = networkInterfaces()[interfaceName]?.find(
    ({ family, address, cidr }) =>
      family === 'IPv6' && !address.startsWith('fe80:') && cidr?.endsWith('/64') === true,
  );
  return found === undefined ? undefined : prefixOf(found.address);
}

function prefixOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups.slice(0, 4).join(':')}::`;
}
