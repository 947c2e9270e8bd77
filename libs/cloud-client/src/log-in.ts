import { z } from 'zod';
import { CloudError, errorOf } from './cloud-error.js';
import { bodyOf, sendRequest } from './send-request.js';
import { passwordAuth, type Account } from './password-auth.js';

/** A token, and the public URL of each API by its type. */
export interface Login {
  readonly token: string;
  readonly urls: ReadonlyMap<string, string>;
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

/** Rejects with UNAUTHORIZED, NO_IDENTITY_API, API_UNREACHABLE, or the API's error when it cannot serve now. */
export async function logIn(account: Account): Promise<Login> {
  const { url, body } = passwordAuth(account);
  const base = url.replace('/v3/auth/tokens', '');
  const answer = await sendRequest(url, { method: 'POST', body });
  const content = await bodyOf(answer);
  if (answer.status === 401) {
    const message = `The identity API at ${base} refused ${account.user}.`;
    throw new CloudError(message, 401, 'UNAUTHORIZED');
  }
  if (answer.status === 429 || answer.status >= 500) {
    throw errorOf(answer.status, content);
  }
  const token = answer.headers.get('x-subject-token');
  const parsed = loginAnswer.safeParse(content);
  if (!answer.ok || token === null || !parsed.success) {
    const message = `${base} is no identity API (HTTP ${answer.status}).`;
    throw new CloudError(message, answer.status, 'NO_IDENTITY_API');
  }
  return { token, urls: publicUrls(parsed.data.token.catalog) };
}

type Catalog = z.output<typeof loginAnswer>['token']['catalog'];

function publicUrls(catalog: Catalog): Map<string, string> {
  const urls = new Map<string, string>();
  for (const { type, endpoints } of catalog) {
    const shown = endpoints.find((endpoint) => endpoint.interface === 'public');
    if (shown !== undefined) {
      urls.set(type, shown.url.replace(/\/+$/, ''));
    }
  }
  return urls;
}
