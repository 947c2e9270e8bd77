import { CloudError, errorOf } from './cloud-error.js';
import { bodyOf, sendRequest, type OutgoingRequest } from './send-request.js';
import { logIn, type Login } from './log-in.js';
import type { Account } from './password-auth.js';

export interface Request extends OutgoingRequest {
  /** `identity`, `compute`, `image`, `network`, `metalcast`: types of the catalog. */
  readonly api: string;
  readonly path: string;
}

/** A token, and where the catalog says the APIs are. */
export interface Session {
  /** The JSON of the answer, undefined when it is empty. Rejects with a CloudError for anything but success. */
  request(request: Request): Promise<unknown>;
}

/** Logs in with a password (Identity API v3, scoped to the project). */
export async function openSession(account: Account): Promise<Session> {
  let login = await logIn(account);
  return {
    async request(request) {
      const first = await sendRequest(urlOf(login, request), request, login.token);
      if (first.status !== 401) {
        return answered(first);
      }
      await first.body?.cancel();
      // The token has run out, or the API was restarted with another key.
      login = await logIn(account);
      return answered(await sendRequest(urlOf(login, request), request, login.token));
    },
  };
}

function urlOf({ urls }: Login, { api, path }: Request): string {
  const base = urls.get(api);
  if (base === undefined) {
    throw new CloudError(`The catalog names no ${api} API.`, undefined, 'NO_ENDPOINT');
  }
  return `${base}${path}`;
}

async function answered(response: Response): Promise<unknown> {
  const body = await bodyOf(response);
  if (!response.ok) {
    throw errorOf(response.status, body);
  }
  return body;
}
