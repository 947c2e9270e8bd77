import { embeddedIpv4, type EmbeddedIpv4 } from './embedded-ipv4.js';
import { parseIpv4 } from './ipv4.js';

/** The canonical form, or a clause that says what is wrong and what to write. */
export type Canonical = { readonly value: string } | { readonly problem: string };

const is = (value: string): Canonical => ({ value });
const isNot = (problem: string): Canonical => ({ problem });

/**
 * An IP address or host name of a machine in its canonical form: dotted quad, RFC 5952, or a name in lower case without
 * the dot at its end. A form that programs read in different ways is refused.
 */
export function canonicalHost(text: string): Canonical {
  if (/[^\x21-\x7e]/.test(text) || text === '') {
    return isNot(
      'must be an IP address or a host name of letters, digits, dots and dashes (an international name in its xn-- form)',
    );
  }
  const shape = shapeProblem(text);
  if (shape !== undefined) {
    return isNot(shape);
  }
  if (text.includes(':')) {
    return canonicalIpv6(text);
  }
  return isNumeric(text) ? canonicalIpv4(text) : canonicalName(text);
}

const isIPv6 = (text: string): boolean =>
  /^[\da-f.]*:[\da-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]/`);

/** Whether a canonical host is an address and not a name. */
export const isIpAddress = (host: string): boolean => isIPv6(host) || parseIpv4(host) !== undefined;

function shapeProblem(text: string): string | undefined {
  if (text.includes('://')) {
    return 'must be a host alone, not a URL';
  }
  if (text.includes('[') || text.includes(']')) {
    return 'must be without brackets (and the port, if any, belongs into the options)';
  }
  if (text.includes('%')) {
    return 'must be without a zone (%…), which means something else on every host; use an address that is routed';
  }
  if (text.includes('/')) {
    return 'must be one address, without a slash';
  }
  if (text.includes('@')) {
    return 'must be without a user, which has a field of its own';
  }
  if (/^[^:]*:\d*$/.test(text)) {
    return 'must be without a port, which belongs into the options';
  }
  return undefined;
}

function canonicalIpv6(text: string): Canonical {
  if (!isIPv6(text)) {
    return isNot('must be an IP address: it has colons, and is no IPv6 address');
  }
  const value = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(value);
  if (mapped !== null) {
    const bytes = mapped.slice(1).flatMap((group) => {
      const pair = parseInt(group, 16);
      return [pair >> 8, pair & 255];
    });
    return canonicalIpv4(bytes.join('.'));
  }
  if (value === '::' || value.startsWith('ff')) {
    return isNot(`must be the address of one machine, which ${value} is not`);
  }
  if (/^fe[89ab]/.test(value)) {
    return isNot(
      'must be an address that is routed: a link-local one means nothing without a zone',
    );
  }
  const embedded = embeddedIpv4(value);
  return embedded === undefined ? is(value) : isNot(secondName(embedded));
}

const secondName = ({ kind, ipv4 }: EmbeddedIpv4): string =>
  `must not be ${kind} address, which is a second name of an IPv4 address: write the IPv4 address itself${ipv4 === undefined ? '' : `: ${ipv4}`}`;

/** WHATWG: a host whose last part is a number is an IPv4 address, or invalid. */
const isNumeric = (text: string): boolean =>
  /^(?:\d+|0x[\da-f]*)$/i.test(text.replace(/\.$/, '').split('.').at(-1) ?? '');

function canonicalIpv4(text: string): Canonical {
  const address = parseIpv4(text);
  if (address === undefined) {
    return isNot(`must be an IPv4 address of four numbers from 0 to 255: ${misspelling(text)}`);
  }
  const first = address >>> 24;
  return first === 0 || first >= 224
    ? isNot(`must be the address of one machine, which ${text} is not`)
    : is(text);
}

/** What is wrong with the text, how some programs would read it, and what was probably meant. */
function misspelling(text: string): string {
  if (text.endsWith('.')) {
    return 'no dot at its end';
  }
  const parts = text.split('.');
  const digits = parts.every((part) => /^\d+$/.test(part));
  const unpadded = parts.map(Number).join('.');
  if (digits && parts.length === 4 && parts.some((part) => /^0\d/.test(part))) {
    return `zeros before a number make it octal to some programs (${readAs(text)}); write ${
      parseIpv4(unpadded) === undefined ? 'them without' : unpadded
    }`;
  }
  const tooLarge = parts.find((part) => /^\d+$/.test(part) && Number(part) > 255);
  if (digits && parts.length === 4) {
    return `${tooLarge ?? 'one'} is more than 255`;
  }
  if (parts.every((part) => /^(?:\d+|0x[\da-f]*)$/i.test(part)) && parts.length <= 4) {
    return `some programs would read ${text} as ${readAs(text)}; write all four numbers, in decimal`;
  }
  return 'a host name does not end in a number';
}

function readAs(text: string): string {
  const url = `http://${text}/`;
  return URL.canParse(url) ? new URL(url).hostname : 'nothing';
}

const longestName = 253;
const longestLabel = 63;

/** RFC 1123. */
function canonicalName(text: string): Canonical {
  const name = text.replace(/\.$/, '').toLowerCase();
  if (name.length > longestName) {
    return isNot(`must be a host name of at most ${longestName} characters`);
  }
  if (name.includes('_')) {
    return isNot('must be a host name, which has no underscore');
  }
  for (const label of name.split('.')) {
    if (label === '') {
      return isNot('must be a host name, whose dots stand between its parts');
    }
    if (label.length > longestLabel) {
      return isNot(`must be a host name, whose parts have at most ${longestLabel} characters`);
    }
    if (!/^[a-z\d-]+$/.test(label)) {
      return isNot('must be an IP address or a host name of letters, digits, dots and dashes');
    }
    if (label.startsWith('-') || label.endsWith('-')) {
      return isNot('must be a host name, whose parts neither begin nor end with a dash');
    }
  }
  return is(name);
}
