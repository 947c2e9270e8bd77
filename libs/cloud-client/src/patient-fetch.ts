import { setTimeout as pause } from 'node:timers/promises';

/**
 * A `fetch` that waits when the API says so (429 with `Retry-After`) and repeats the request, as long as the wait ends
 * within `withinMs`; after that it returns the 429. The body must be one that can be sent again.
 */
export async function patientFetch(
  url: string,
  init: RequestInit,
  withinMs: number,
): Promise<Response> {
  const until = performance.now() + withinMs;
  for (;;) {
    const response = await fetch(url, init);
    const waitMs = response.status === 429 ? retryAfterMs(response.headers) : Infinity;
    if (performance.now() + waitMs >= until) {
      return response;
    }
    await response.body?.cancel();
    await pause(waitMs, undefined, init.signal ? { signal: init.signal } : {});
  }
}

const leastMs = 1000;

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(headers: Headers): number {
  const text = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? Infinity : Math.max(leastMs, ms);
}
