import { patientFetch } from '@metalcast/cloud-client';
import { Fault } from '@metalcast/domain';

/** For an answer to begin, waits that the API asks for included. */
export const answerTimeoutMs = 15_000;

/** A patient `fetch`, with what keeps an API from answering turned into UNAVAILABLE. */
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
