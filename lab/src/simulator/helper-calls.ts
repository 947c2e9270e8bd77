import { setTimeout as pause } from 'node:timers/promises';
import type { HttpAnswer, NodeHttp } from './node-http.js';

/** No helper has work for this boot any more. */
export class NotWanted extends Error {
  override readonly name = 'NotWanted';
}

/** A newer attempt has replaced this one. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

const longestPauseMs = 5000;
const callMs = 20_000;
const passing = new Set([408, 425, 429]);

/** Calls to whichever helper answers. */
export class HelperCalls {
  session = '';
  private helpers: readonly string[];

  constructor(
    private readonly http: NodeHttp,
    helpers: readonly string[],
    private readonly signal: AbortSignal,
  ) {
    this.helpers = helpers;
  }

  /**
   * Retries until a helper answers, because the service sets the deadline for the node. Rejects with NotWanted, with
   * Overtaken, or when aborted.
   */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    timeoutMs = callMs,
  ): Promise<unknown> {
    for (let round = 1; ; round += 1) {
      for (const helper of this.helpers) {
        const answer = await this.askOne(`${helper}${path}`, { method, body, timeoutMs });
        if (answer !== undefined) {
          this.helpers = [helper, ...this.helpers.filter((other) => other !== helper)];
          return answered(answer);
        }
      }
      const waitMs = Math.min(round * 1000, longestPauseMs);
      await pause(waitMs, undefined, { signal: this.signal });
    }
  }

  /** Undefined when this helper cannot answer now. */
  private async askOne(
    url: string,
    {
      method,
      body,
      timeoutMs,
    }: { method: 'GET' | 'POST'; body: object | undefined; timeoutMs: number },
  ): Promise<HttpAnswer | undefined> {
    const authorization = this.session === '' ? {} : { authorization: `Bearer ${this.session}` };
    try {
      const answer = await this.http.ask(url, {
        method,
        timeoutMs,
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...authorization,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return answer.status >= 500 || passing.has(answer.status) ? undefined : answer;
    } catch {
      this.signal.throwIfAborted();
      return undefined;
    }
  }
}

function answered({ status, body }: HttpAnswer): unknown {
  if (status >= 200 && status < 300) {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  }
  const text = body.toString('utf8').slice(0, 500);
  throw status === 409 ? new Overtaken(text) : new NotWanted(`HTTP ${status}: ${text}`);
}
