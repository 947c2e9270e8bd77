import { passwordAuth, type Account } from '@metalcast/cloud-client';
import { Fault } from '@metalcast/domain';
import { answerTimeoutMs, request } from './request.js';

/** A token this close to its end is not used for a new request. */
const marginMs = 60_000;

/** Tokens of the service account, requested when needed and kept while they are valid. */
export class TokenSource {
  private current: { readonly value: string; readonly until: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(private readonly account: Account) {}

  async token(): Promise<string> {
    if (this.current !== undefined && this.current.until > Date.now()) {
      return this.current.value;
    }
    this.asking ??= this.askOnce();
    return this.asking;
  }

  /** The API refused `token`: request another one at the next use. */
  discard(token: string): void {
    if (this.current?.value === token) {
      this.current = undefined;
    }
  }

  /** All concurrent callers share one request. */
  private async askOnce(): Promise<string> {
    try {
      return await this.ask();
    } finally {
      this.asking = undefined;
    }
  }

  private async ask(): Promise<string> {
    const { url, body: asked } = passwordAuth(this.account);
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
      signal: AbortSignal.timeout(answerTimeoutMs),
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
