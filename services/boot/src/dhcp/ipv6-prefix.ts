import { readFileSync } from 'node:fs';

/** The kernel's list of addresses. It includes interfaces without carrier, which Node leaves out. */
const table = '/proc/net/if_inet6';
const prefixLength = '40';
const linkLocal = 'fe8';

/** The /64 of the interface's first routable IPv6 address, in dnsmasq's notation; undefined when it has none. */
export function ipv6Prefix(interfaceName: string, addresses = readTable()): string | undefined {
  const found = addresses
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      ([address = '', , length, , , name]) =>
        name === interfaceName && length === prefixLength && !address.startsWith(linkLocal),
    );
  const groups = found?.[0]?.slice(0, 16).match(/.{4}/g);
  return groups === undefined || groups === null ? undefined : prefixOf(groups);
}

const prefixOf = (groups: readonly string[]): string =>
  `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::`;

/** Empty when the kernel has no IPv6. */
function readTable(): string {
  try {
    return readFileSync(table, 'utf8');
  } catch {
    return '';
  }
}
