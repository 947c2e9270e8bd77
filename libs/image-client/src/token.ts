import { Fault } from '@metalcast/domain';
import { request } from './request.js';

export interface Account {
  /** Base of the identity API, with or without its `/v3`. */
  readonly identityUrl: string;
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

const authTimeoutMs = 15_000;
/** A token this close to its end is not used for a new request. */
const marginMs = 60_000;

/** Tokens of the service account, asked for when needed and kept while they last. */
export class TokenSource {
  private current: { readonly value: string; readonly until: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(private readonly account: Account) {}

  async token(): Promise<string> {
    if (this.current !== undefined && this.current.until > Date.now()) {
      return this.current.value;
    }
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  /** The API refused `token`: ask for another at the next use. */
  discard(token: string): void {
    if (this.current?.value === token) {
      this.current = undefined;
    }
  }

  private async ask(): Promise<string> {
    const base = this.account.identityUrl.replace(/\/+$/, '').replace(/\/v3$/, '');
    const response = await request(`${base}/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(passwordAuth(this.account)),
      signal: AbortSignal.timeout(authTimeoutMs),
    });
    const value = response.headers.get('x-subject-token');
    const body = (await response.json().catch(() => undefined)) as
      { token?: { expires_at?: string } } | undefined;
    if (response.status !== 201 || value === null) {
      throw new Fault('UNAVAILABLE', {
        reason: `The identity API refused the service account ${this.account.user} (HTTP ${response.status}).`,
      });
    }
    const expires = Date.parse(body?.token?.expires_at ?? '');
    this.current = { value, until: (Number.isNaN(expires) ? Date.now() : expires) - marginMs };
    return value;
  }
}

function passwordAuth({ user, password, project }: Account): object {
  const domain = { id: 'default' };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
      scope: { project: { name: project, domain } },
    },
  };
}
