/** Servers of the user's own, to be used in place of the lab's. */
export interface ExternalServers {
  readonly amqp?: URL;
  readonly database?: URL;
}

const usualPorts = { amqp: 5672, database: 5432 } as const;

/**
 * Reads AMQP_URL and DATABASE_URL; an empty one counts as none. Throws, without its password, when one cannot be used.
 */
export function serverUrls(urls: {
  readonly amqp?: string | undefined;
  readonly database?: string | undefined;
}): ExternalServers {
  return {
    ...(urls.amqp ? { amqp: amqpUrl(urls.amqp) } : {}),
    ...(urls.database ? { database: postgresUrl(urls.database) } : {}),
  };
}

/** Host as it is dialled: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const portOf = (server: keyof typeof usualPorts, { port }: URL): number =>
  port === '' ? usualPorts[server] : Number(port);

/** Where it is, for people: no password. */
export const placeOf = (server: keyof typeof usualPorts, url: URL): string =>
  `${url.hostname}:${portOf(server, url)}${url.pathname}`;

/** What is behind a relay on the loopback is not what its certificate names. */
const noTls =
  "the lab's services reach this server through a relay on their own 127.0.0.1, where its certificate does not hold";

function amqpUrl(text: string): URL {
  const url = parsed('AMQP_URL', text, 'amqp://user:password@host:port/vhost');
  if (url.protocol === 'amqps:') {
    throw new Error(`AMQP_URL: no amqps:// here, for ${noTls}. Name an amqp:// listener.`);
  }
  return refuseUnless(url, ['amqp:'], 'AMQP_URL must read amqp://user:password@host:port/vhost');
}

function postgresUrl(text: string): URL {
  const wanted = 'postgresql://user:password@host:port/database';
  const url = parsed('DATABASE_URL', text, wanted);
  const sslMode = url.searchParams.get('sslmode') ?? 'disable';
  if (!['disable', 'no-verify'].includes(sslMode)) {
    throw new Error(
      `DATABASE_URL: no sslmode=${sslMode} here, for ${noTls}. sslmode=no-verify encrypts without looking at it.`,
    );
  }
  if (url.searchParams.has('host') || url.searchParams.has('port')) {
    throw new Error(`DATABASE_URL must name host and port as in ${wanted}, not after a "?"`);
  }
  return refuseUnless(url, ['postgresql:', 'postgres:'], `DATABASE_URL must read ${wanted}`);
}

function parsed(variable: string, text: string, wanted: string): URL {
  if (!URL.canParse(text)) {
    throw new Error(`${variable} must read ${wanted}`);
  }
  return new URL(text);
}

function refuseUnless(url: URL, protocols: readonly string[], message: string): URL {
  if (!protocols.includes(url.protocol) || url.hostname === '') {
    throw new Error(message);
  }
  return url;
}
