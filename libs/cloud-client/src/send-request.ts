import { CloudError } from './cloud-error.js';
import { patientFetch } from './patient-fetch.js';

export interface OutgoingRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a Blob is sent unchanged, under its own type if it has one. */
  readonly body?: object | Blob;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;

/**
 * One request, also when the API says to wait before it is made. Rejects with API_UNREACHABLE or API_UNTRUSTED when
 * there is no answer.
 */
export async function sendRequest(
  url: string,
  outgoing: OutgoingRequest,
  token?: string,
): Promise<Response> {
  const { method = 'GET', body, timeoutMs = defaultTimeoutMs } = outgoing;
  try {
    const init = {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType(body) }),
        ...(token === undefined ? {} : { 'x-auth-token': token }),
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
    };
    return await patientFetch(url, init, timeoutMs);
  } catch (error) {
    throw unreachable(url, error as Error);
  }
}

function contentType(body: object): string {
  if (!(body instanceof Blob)) {
    return 'application/json';
  }
  return body.type === '' ? 'application/octet-stream' : body.type;
}

/** Node's codes for a certificate that it does not take. */
const aboutCertificate = /CERT|LEAF_SIGNATURE/;

export function unreachable(url: string, error: Error): CloudError {
  const { code } = (error.cause ?? {}) as { code?: string };
  const where = URL.canParse(url) ? new URL(url).origin : url;
  if (code !== undefined && aboutCertificate.test(code)) {
    const message = `The certificate of the API at ${where} is not trusted: ${code}.`;
    return new CloudError(message, undefined, 'API_UNTRUSTED', { cause: error });
  }
  return new CloudError(
    `Cannot reach the API at ${where}: ${code ?? error.message}.`,
    undefined,
    'API_UNREACHABLE',
    { cause: error },
  );
}

/** The JSON of an answer; its text when it is no JSON, undefined when it is empty. */
export async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
