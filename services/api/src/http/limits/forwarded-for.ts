import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';

const header = 'x-forwarded-for';

/**
 * Rewrites `X-Forwarded-For` to plain addresses. Proxies also write ports, brackets and quotes, and each port would
 * count as another client. An entry that is not an address is dropped with all entries before it: the client is then
 * the proxy that wrote it.
 */
export function tidyForwardedFor(headers: IncomingHttpHeaders): void {
  const given = headers[header];
  if (given === undefined) {
    return;
  }
  const entries = [given].flat().join(',').split(',');
  const words = entries.map((entry) => entry.trim()).filter((word) => word !== '');
  const addresses = words.map(addressIn);
  headers[header] = addresses.slice(addresses.lastIndexOf(undefined) + 1).join(', ');
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, each also in quotes. */
function addressIn(word: string): string | undefined {
  const text = word.replace(/^"(.*)"$/, '$1');
  const address = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d+$/, '$1');
  return ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
    ? address
    : undefined;
}
