import type { Account } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { z } from 'zod';
import { answerOf, failureOf } from './answer.js';

const catalog = z.object({
  token: z.object({
    catalog: z.array(
      z.object({
        type: z.string(),
        endpoints: z.array(z.object({ interface: z.string(), url: z.string() })),
      }),
    ),
  }),
});

const timeoutMs = 60_000;

/** A token, and where the catalog says the APIs are. */
export interface Session {
  /** Sends one request to the API of this catalog type and gives the body of its answer; undefined when it is empty. */
  request(api: string, method: string, path: string, body?: object): Promise<unknown>;
}

/** Asks the identity API for a token (Identity API v3, password, scoped to the project). */
export async function openSession(account: Account): Promise<Session> {
  const base = account.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '');
  const answer = await send(`${base}/v3/auth/tokens`, 'POST', {}, loginOf(account));
  if (answer.status === 401) {
    throw new CommandFailure(`The identity API at ${base} refused ${account.username}.`, {
      code: 'UNAUTHORIZED',
      remedy: 'Check OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME.',
    });
  }
  const token = answer.headers.get('x-subject-token');
  const parsed = catalog.safeParse(await answerOf(answer));
  if (!answer.ok || token === null || !parsed.success) {
    throw new CommandFailure(`${base} is no identity API (HTTP ${String(answer.status)}).`, {
      remedy: 'Check OS_AUTH_URL.',
    });
  }
  const urls = new Map(
    parsed.data.token.catalog.map(({ type, endpoints }) => [
      type,
      endpoints.find((endpoint) => endpoint.interface === 'public')?.url,
    ]),
  );
  return {
    request(api, method, path, body) {
      const url = urls.get(api);
      if (url === undefined) {
        throw new CommandFailure(`The catalog at ${base} names no ${api} API.`);
      }
      return call(`${url}${path}`, method, token, body);
    },
  };
}

async function call(url: string, method: string, token: string, body?: object): Promise<unknown> {
  const answer = await send(url, method, { 'x-auth-token': token }, body);
  const content = await answerOf(answer);
  if (!answer.ok) {
    throw failureOf(answer.status, content);
  }
  return content;
}

async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const reason = (cause as { code?: string } | undefined)?.code ?? String(error);
    throw new CommandFailure(`Cannot reach the API at ${new URL(url).origin}: ${reason}.`, {
      code: 'API_UNREACHABLE',
      remedy: 'Check OS_AUTH_URL, and that the api service runs.',
      cause: error,
    });
  }
}

const loginOf = (account: Account): object => ({
  auth: {
    identity: {
      methods: ['password'],
      password: {
        user: {
          name: account.username,
          domain: { name: account.userDomain },
          password: account.password,
        },
      },
    },
    scope: { project: { name: account.project, domain: { name: account.projectDomain } } },
  },
});
