import { ownValue } from '@metalcast/domain';
import { CommandFailure } from '../../failure.js';

const untrusted =
  'its certificate is not trusted (name that of its CA: sslrootcert=FILE in the URL)';

/** Error codes of PostgreSQL and the system, with the reason for the user. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no server listens at this address',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name could not be looked up',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'its host is not reachable',
  ECONNRESET: 'it closed the connection',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  '28P01': 'it refused the password',
  '28000': 'it refused the user',
  '3D000': 'it has no such database',
  '42501': 'its user lacks the privileges',
  '57P03': 'it is starting or stopping',
};

/** Runs `work` on the database. An unusable database becomes a CommandFailure that names it without its password. */
export async function onDatabase<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  try {
    return await work(url);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) {
      throw error;
    }
    throw new CommandFailure(`Cannot use the database ${withoutPassword(url)}: ${reason}.`, {
      code: 'DATABASE_UNREACHABLE',
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string | undefined {
  // A host with several addresses gives one error per address.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(first instanceof Error)) {
    return undefined;
  }
  const code = (first as { code?: unknown }).code;
  const timedOut = first.message.startsWith('timeout expired') ? 'it does not answer' : undefined;
  return typeof code === 'string' ? ownValue(reasons, code) : timedOut;
}

export function withoutPassword(url: string): string {
  const { hostname, port, pathname, username } = new URL(url);
  const user = username === '' ? '' : `${username}@`;
  return `${user}${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
}
