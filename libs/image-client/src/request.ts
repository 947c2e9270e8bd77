import { patientFetch } from '@metalcast/cloud-client';
import { Fault } from '@metalcast/domain';

/** Time limit for an answer to begin, including waits that the API asks for. */
export const answerTimeoutMs = 15_000;

/** A `fetch` with retries; when the API does not answer it throws UNAVAILABLE. */
export async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await patientFetch(url, init, answerTimeoutMs);
  } catch (error) {
    throw new Fault(
      'UNAVAILABLE',
      { reason: `${originOf(url)} does not answer.` },
      { cause: error },
    );
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url);
