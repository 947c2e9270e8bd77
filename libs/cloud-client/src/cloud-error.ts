/** The refusal of an API, or the reason why no request reached it. */
export class CloudError extends Error {
  override readonly name = 'CloudError';

  constructor(
    message: string,
    /** HTTP status; undefined when there was no answer. */
    readonly status: number | undefined,
    /**
     * The API's own code where it tells one, else `HTTP_<status>`. Of this package: API_UNREACHABLE, API_UNTRUSTED,
     * UNAUTHORIZED (the log-in), NO_IDENTITY_API, NO_ENDPOINT (the catalog).
     */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** The error in a response's body: `{"<name>": {code, message}}` in every API. */
export function errorOf(status: number, body: unknown): CloudError {
  const [first] =
    typeof body === 'object' && body !== null ? (Object.values(body) as (ErrorBody | null)[]) : [];
  const message =
    typeof first?.message === 'string' ? first.message : `The API answered HTTP ${status}.`;
  const code = typeof first?.code === 'string' ? first.code : `HTTP_${status}`;
  return new CloudError(message, status, code);
}
