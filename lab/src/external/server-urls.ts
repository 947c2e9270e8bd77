/** The user's own servers, used instead of the lab's. */
export interface ExternalServers {
  readonly amqp?: URL;
  readonly database?: URL;
}

const usualPorts = { amqp: 5672, database: 5432 } as const;

/** Reads AMQP_URL and DATABASE_URL; empty counts as unset. Throws for an unusable URL, without its password. */
export function serverUrls(urls: {
  readonly amqp?: string | undefined;
  readonly database?: string | undefined;
}): ExternalServers {
  return {
    ...(urls.amqp ? { amqp: amqpUrl(urls.amqp) } : {}),
    ...(urls.database ? { database: postgresUrl(urls.database) } : {}),
  };
}

/** Host to connect to: an IPv6 address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export const portOf = (server: keyof typeof usualPorts, { port }: URL): number =>
  port === '' ? usualPorts[server] : Number(port);

/** The server's address for people, without a password. */
export const placeOf = (server: keyof typeof usualPorts, url: URL): string =>
  `${url.hostname}:${portOf(server, url)}${url.pathname}`;

/** The lab's services connect to a relay on the loopback, which does not match the server's certificate. */
const noTls =
  "the lab's services reach this server through a relay on 127.0.0.1, which does not match its certificate";

function amqpUrl(text: string): URL {
  const url = parsed('AMQP_URL', text, 'amqp://user:password@host:port/vhost');
  if (url.protocol === 'amqps:') {
    throw new Error(`AMQP_URL must not be amqps://, because ${noTls}. Give an amqp:// listener.`);
  }
  return refuseUnless(
    url,
    ['amqp:'],
    'AMQP_URL must have the form amqp://user:password@host:port/vhost',
  );
}

function postgresUrl(text: string): URL {
  const wanted = 'postgresql://user:password@host:port/database';
  const url = parsed('DATABASE_URL', text, wanted);
  const sslMode = url.searchParams.get('sslmode') ?? 'disable';
  if (!['disable', 'no-verify'].includes(sslMode)) {
    throw new Error(
      `DATABASE_URL must not have sslmode=${sslMode}, because ${noTls}. sslmode=no-verify encrypts without checking it.`,
    );
  }
  if (url.searchParams.has('host') || url.searchParams.has('port')) {
    throw new Error(`DATABASE_URL must have host and port as in ${wanted}, not after a "?"`);
  }
  return refuseUnless(
    url,
    ['postgresql:', 'postgres:'],
    `DATABASE_URL must have the form ${wanted}`,
  );
}

function parsed(variable: string, text: string, wanted: string): URL {
  if (!URL.canParse(text)) {
    throw new Error(`${variable} must have the form ${wanted}`);
  }
  return new URL(text);
}

function refuseUnless(url: URL, protocols: readonly string[], message: string): URL {
  if (!protocols.includes(url.protocol) || url.hostname === '') {
    throw new Error(message);
  }
  return url;
}
