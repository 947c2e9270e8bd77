/** An IPv4 network. */
export interface Cidr {
  /** First address, as a number. */
  readonly first: number;
  /** Last address (the broadcast address of a network that has one), as a number. */
  readonly last: number;
  readonly prefix: number;
}

/** Addresses `start` to `end`, both inclusive, as text. */
export interface AddressRange {
  readonly start: string;
  readonly end: string;
}

const bits = 32;

/** The address as a number, or undefined when the text is no dotted quad. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) {
    return undefined;
  }
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255)
    ? bytes.reduce((value, byte) => value * 256 + byte, 0)
    : undefined;
}

export const formatIpv4 = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** The network of `a.b.c.d/n`, or undefined when the text is not one; host bits are ignored. */
export function parseCidr(text: string): Cidr | undefined {
  const [, quad, length] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseIpv4(quad ?? '');
  const prefix = Number(length);
  if (address === undefined || prefix > bits) {
    return undefined;
  }
  const size = 2 ** (bits - prefix);
  const first = address - (address % size);
  return { first, last: first + size - 1, prefix };
}

export const formatCidr = ({ first, prefix }: Cidr): string => `${formatIpv4(first)}/${prefix}`;

export const cidrContains = ({ first, last }: Cidr, address: number): boolean =>
  address >= first && address <= last;

export const cidrsOverlap = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;

/** The addresses for hosts: without network and broadcast address, if the network has them. */
export const hostRange = ({ first, last, prefix }: Cidr): { first: number; last: number } =>
  prefix >= 31 ? { first, last } : { first: first + 1, last: last - 1 };

/** All host addresses but the gateway's, like Neutron's default pools of a subnet. */
export function defaultPools(cidr: Cidr, gateway: number | undefined): AddressRange[] {
  const { first, last } = hostRange(cidr);
  const split = gateway !== undefined && gateway >= first && gateway <= last;
  const pools = split
    ? [
        { start: first, end: gateway - 1 },
        { start: gateway + 1, end: last },
      ]
    : [{ start: first, end: last }];
  return pools
    .filter(({ start, end }) => start <= end)
    .map(({ start, end }) => ({ start: formatIpv4(start), end: formatIpv4(end) }));
}

/** The free addresses of the pools, lowest first; addresses that are taken in the meantime are left out. */
export function* freeAddresses(
  pools: readonly AddressRange[],
  taken: ReadonlySet<string>,
): Generator<string, undefined> {
  for (const { start, end } of pools) {
    const last = parseIpv4(end) ?? -1;
    for (let address = parseIpv4(start) ?? 0; address <= last; address += 1) {
      const text = formatIpv4(address);
      if (!taken.has(text)) {
        yield text;
      }
    }
  }
  return undefined;
}
