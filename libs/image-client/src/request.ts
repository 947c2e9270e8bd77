import { Fault } from '@metalcast/domain';

/** `fetch`, with what keeps an API from answering turned into UNAVAILABLE. */
export async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new Fault(
      'UNAVAILABLE',
      { reason: `${originOf(url)} does not answer.` },
      { cause: error },
    );
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url);
