/**
 * The path that an installed system calls, below the boot service's node-facing URL. The token is in the query, because
 * cloud-init's `phone_home` cannot send a header: nothing that logs a request may log its query.
 */
export const phoneHomePath = (instance: string, token: string): string =>
  `/v1/phone-home/${instance}?token=${token}`;

/** The same path as a route of an HTTP server. */
export const phoneHomeRoute = '/v1/phone-home/:instance';
