import { z } from 'zod';
import { CloudError, errorOf } from './cloud-error.js';

export interface Account {
  /** Base of the identity API, with or without `/v3`. */
  readonly authUrl: string;
  readonly user: string;
  readonly password: string;
  readonly project: string;
  readonly userDomain?: string;
  readonly projectDomain?: string;
}

/** `identity`, `compute`, `image`, `network`, `metalcast`: types of the catalog. */
export interface Request {
  readonly api: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON; a Blob as it is. */
  readonly body?: object | Blob;
  readonly timeoutMs?: number;
}

/** A token, and where the catalog says the APIs are. */
export interface Session {
  /** The JSON of the answer, undefined when it is empty. Rejects with a CloudError for anything but success. */
  request(request: Request): Promise<unknown>;
}

const loginAnswer = z.object({
  token: z.object({
    catalog: z.array(
      z.object({
        type: z.string(),
        endpoints: z.array(z.object({ interface: z.string(), url: z.string() })),
      }),
    ),
  }),
});

const defaultTimeoutMs = 60_000;

/** Logs in with a password (Identity API v3, scoped to the project). */
export async function openSession(account: Account): Promise<Session> {
  let login = await logIn(account);
  return {
    async request(request) {
      const first = await send(urlOf(login, request), request, login.token);
      if (first.status !== 401) {
        return answered(first);
      }
      // The token has run out, or the API was restarted with another key.
      login = await logIn(account);
      return answered(await send(urlOf(login, request), request, login.token));
    },
  };
}

interface Login {
  readonly token: string;
  readonly urls: ReadonlyMap<string, string>;
}

async function logIn(account: Account): Promise<Login> {
  const base = account.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '');
  const url = `${base}/v3/auth/tokens`;
  const answer = await send(url, {
    api: 'identity',
    method: 'POST',
    path: '',
    body: passwordOf(account),
  });
  const token = answer.headers.get('x-subject-token');
  const body = loginAnswer.safeParse(await answered(answer));
  if (token === null || !body.success) {
    throw new CloudError(`${base} is no identity API.`, answer.status);
  }
  const urls = body.data.token.catalog.flatMap(({ type, endpoints }): [string, string][] => {
    const shown = endpoints.find((endpoint) => endpoint.interface === 'public');
    return shown === undefined ? [] : [[type, shown.url.replace(/\/+$/, '')]];
  });
  return { token, urls: new Map(urls) };
}

function urlOf({ urls }: Login, { api, path }: Request): string {
  const base = urls.get(api);
  if (base === undefined) {
    throw new CloudError(`The catalog names no ${api} API.`, undefined);
  }
  return `${base}${path}`;
}

async function send(url: string, request: Request, token?: string): Promise<Response> {
  const { method = 'GET', body, timeoutMs = defaultTimeoutMs } = request;
  const isBlob = body instanceof Blob;
  try {
    return await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : { 'content-type': isBlob ? 'application/octet-stream' : 'application/json' }),
        ...(token === undefined ? {} : { 'x-auth-token': token }),
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: isBlob ? body : JSON.stringify(body) }),
    });
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    const reason = code ?? (error as Error).message;
    throw new CloudError(`Cannot reach ${new URL(url).origin}: ${reason}.`, undefined, undefined, {
      cause: error,
    });
  }
}

async function answered(response: Response): Promise<unknown> {
  const text = await response.text();
  const body = parsed(text);
  if (!response.ok) {
    throw errorOf(response.status, body);
  }
  return body;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

const passwordOf = (account: Account): object => ({
  auth: {
    identity: {
      methods: ['password'],
      password: {
        user: {
          name: account.user,
          domain: { name: account.userDomain ?? 'Default' },
          password: account.password,
        },
      },
    },
    scope: {
      project: { name: account.project, domain: { name: account.projectDomain ?? 'Default' } },
    },
  },
});
