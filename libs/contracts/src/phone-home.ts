/**
 * Where an installed system phones home to, below the boot service's node-facing URL. The token is in the query, for
 * cloud-init's `phone_home` can send no header; nothing that writes a request down may write its query.
 */
export const phoneHomePath = (instance: string, token: string): string =>
  `/v1/phone-home/${instance}?token=${token}`;

/** The same as a route of an HTTP server. */
export const phoneHomeRoute = '/v1/phone-home/:instance';
