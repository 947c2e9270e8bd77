import { Fault } from '@metalcast/domain';
import { answerTimeoutMs, request } from './request.js';
import type { TokenSource } from './token.js';

/** Answers that another try does not change. */
const aboutTheImage: readonly number[] = [404, 409];

/** The image API (v2), used with the service account. */
export class ImageApi {
  constructor(
    private readonly imageUrl: string,
    private readonly tokens: TokenSource,
  ) {}

  /** JSON of `path` below `/v2`; undefined when it does not exist. */
  async json(path: string): Promise<unknown> {
    const response = await this.get(path, AbortSignal.timeout(answerTimeoutMs));
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    return response.json().catch((cause: unknown) => {
      throw new Fault('UNAVAILABLE', { reason: 'The image API answered no JSON.' }, { cause });
    });
  }

  /**
   * The bytes of an image; undefined when the API has none (404, 204). `signal` ends them. Fault IMAGE_CORRUPT when
   * they are not those that were stored (409).
   */
  async bytes(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined> {
    const response = await this.get(`/images/${encodeURIComponent(id)}/file`, signal);
    if (response.status === 200 && response.body !== null) {
      return response.body;
    }
    await response.body?.cancel();
    if (response.status === 409) {
      throw new Fault('IMAGE_CORRUPT', { image: id });
    }
    return undefined;
  }

  private async get(path: string, signal: AbortSignal): Promise<Response> {
    const first = await this.getOnce(path, signal);
    // A token may be revoked, or the API restarted with other keys, long before the token ends.
    const response = first.status === 401 ? await this.getOnce(path, signal) : first;
    if (response.ok || aboutTheImage.includes(response.status)) {
      return response;
    }
    await response.body?.cancel();
    throw new Fault('UNAVAILABLE', { reason: `The image API answered HTTP ${response.status}.` });
  }

  private async getOnce(path: string, signal: AbortSignal): Promise<Response> {
    const token = await this.tokens.token();
    const base = this.imageUrl.replace(/\/+$/, '').replace(/\/v2$/, '');
    const response = await request(`${base}/v2${path}`, {
      headers: { 'x-auth-token': token },
      signal,
    });
    if (response.status === 401) {
      this.tokens.discard(token);
      await response.body?.cancel();
    }
    return response;
  }
}
