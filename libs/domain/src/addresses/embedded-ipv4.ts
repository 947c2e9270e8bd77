import { formatIpv4 } from './ipv4.js';

export interface EmbeddedIpv4 {
  /** The kind of address. */
  readonly kind: string;
  /** The embedded IPv4 address, if all addresses of the kind have it at the same place. */
  readonly ipv4?: string;
}

const groupsOf = (address: string): number[] => {
  const [head = '', tail] = address.split('::');
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
  const [before, after] = [numbers(head), numbers(tail ?? '')];
  return tail === undefined
    ? before
    : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
};

interface Kind {
  readonly kind: string;
  /** The first groups, or a condition for them. */
  readonly has: (groups: readonly number[]) => boolean;
  /** At which group the IPv4 address begins. */
  readonly at?: number;
}

const beginsWith =
  (...prefix: readonly number[]) =>
  (groups: readonly number[]): boolean =>
    prefix.every((group, i) => groups[i] === group);

/** A translator with a site's own prefix (RFC 6052, 2.2) cannot be distinguished from any other network. */
const kinds: readonly Kind[] = [
  { kind: 'an IPv4-compatible', has: beginsWith(0, 0, 0, 0, 0, 0), at: 6 },
  { kind: 'a NAT64 (RFC 6052)', has: beginsWith(0x64, 0xff9b, 0, 0, 0, 0), at: 6 },
  { kind: 'a NAT64 (RFC 8215)', has: beginsWith(0x64, 0xff9b, 1) },
  { kind: 'a SIIT (RFC 2765)', has: beginsWith(0, 0, 0, 0, 0xffff, 0), at: 6 },
  { kind: 'a 6to4', has: beginsWith(0x2002), at: 1 },
  { kind: 'a Teredo', has: beginsWith(0x2001, 0) },
  {
    kind: 'an ISATAP',
    has: ([, , , , flags = 0, mark]) => (flags & 0xfdff) === 0 && mark === 0x5efe,
    at: 6,
  },
];

/**
 * The kind of a canonical IPv6 address that stands for a machine with an IPv4 address: it is a second name of that
 * machine.
 */
export function embeddedIpv4(address: string): EmbeddedIpv4 | undefined {
  const groups = groupsOf(address);
  // ::1 is the loopback address.
  const found = address === '::1' ? undefined : kinds.find(({ has }) => has(groups));
  if (found?.at === undefined) {
    return found === undefined ? undefined : { kind: found.kind };
  }
  const [high = 0, low = 0] = groups.slice(found.at);
  return { kind: found.kind, ipv4: formatIpv4(high * 0x10000 + low) };
}
