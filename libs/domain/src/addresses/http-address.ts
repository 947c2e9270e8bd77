import { canonicalHost, type Canonical } from './host-address.js';

/** Address of an HTTP service. */
export interface HttpAddress {
  readonly scheme: string;
  /** Canonical. */
  readonly host: string;
  readonly port: number;
  /** Canonical; empty, or begins with a slash and does not end in one. */
  readonly path: string;
}

const ports: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
]);
const highestPort = 65_535;
const form = /^(https?):\/\/([^/?#]*)([^?#]*)([?#].*)?$/i;

/** The parts of an http URL in canonical form, or a clause that says what is wrong. */
export function parseHttpAddress(text: string): HttpAddress | { readonly problem: string } {
  const [, scheme, authority, path, rest] = form.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || /[^\x21-\x7e]|\\/.test(text)) {
    return { problem: 'must be an http URL' };
  }
  if (rest !== undefined) {
    return { problem: 'must be an http URL without a query or fragment' };
  }
  const name = scheme.toLowerCase();
  const server = serverOf(name, authority);
  if ('problem' in server) {
    return server;
  }
  const canonical = canonicalPath(path ?? '');
  return typeof canonical === 'string' ? { scheme: name, ...server, path: canonical } : canonical;
}

function serverOf(
  scheme: string,
  authority: string,
): Pick<HttpAddress, 'host' | 'port'> | { readonly problem: string } {
  const [, bracketed, plain, digits] =
    /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const host = hostOf(authority, bracketed, plain);
  if ('problem' in host) {
    return { problem: `must be an http URL, whose host ${host.problem}` };
  }
  const port = digits === undefined ? ports.get(scheme) : Number(digits);
  return port === undefined || port < 1 || port > highestPort
    ? { problem: `must be an http URL, whose port is from 1 to ${highestPort}` }
    : { host: host.value, port };
}

function hostOf(authority: string, bracketed?: string, plain?: string): Canonical {
  if (authority.includes('@')) {
    return { problem: 'must be without a user and password, which have fields of their own' };
  }
  if (bracketed !== undefined) {
    return bracketed.includes(':')
      ? canonicalHost(bracketed)
      : { problem: 'must be an IPv6 address, since it has brackets' };
  }
  return plain === undefined
    ? { problem: 'must be a host, and a port after a colon (an IPv6 address in brackets)' }
    : canonicalHost(plain);
}

/** The characters ! # $ & ' ( ) * + , / : ; = ? @ */
const reservedEscape = /%(2[1346789ABCF]|3[ABDF]|40)/;

/** Characters that a path may contain only escaped. */
const notOfPaths = /["<>[\]^`{|}]/g;

/**
 * RFC 3986, 6.2.2: unnecessary escapes are removed, the others are in capitals; no dot segments. An escaped reserved
 * character is refused, because servers disagree on whether it means the character itself.
 */
function canonicalPath(path: string): string | { readonly problem: string } {
  if (/%(?![\da-f]{2})/i.test(path)) {
    return { problem: 'must be an http URL, whose path has two hexadecimal digits after each %' };
  }
  const unescaped = path.replaceAll(/%([\da-f]{2})/gi, (escape, digits: string) => {
    const character = String.fromCharCode(parseInt(digits, 16));
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
  });
  const [ambiguous, digits = ''] = reservedEscape.exec(unescaped) ?? [];
  if (ambiguous !== undefined) {
    const character = String.fromCharCode(parseInt(digits, 16));
    const instead = /[/?#]/.test(character) ? '' : `: write ${character} itself`;
    return { problem: `must be an http URL, whose path has no ${ambiguous}${instead}` };
  }
  const { pathname } = new URL(
    `http://host${unescaped.replaceAll(notOfPaths, encodeURIComponent)}`,
  );
  return pathname.includes('//')
    ? { problem: 'must be an http URL, whose path has no empty part' }
    : pathname.replace(/\/$/, '');
}

/** `host:port`, an IPv6 address in brackets. */
export const hostAndPort = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The address as a URL, without a port that its scheme implies. */
export function formatHttpAddress({ scheme, host, port, path }: HttpAddress): string {
  const authority = hostAndPort(host, port);
  const implied = ports.get(scheme) === port ? authority.replace(/:\d+$/, '') : authority;
  return `${scheme}://${implied}${path}`;
}
