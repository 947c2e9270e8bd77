import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { isAdministrative, isAllowed } from '../../policy/policy.js';
import type { Caller } from './caller.js';

/** Reads tokens. */
export interface Authenticator {
  /** The token's owner, or undefined when the token is invalid or expired, or its account is gone. */
  authenticate(token: string): Promise<Omit<Caller, 'requestId'> | undefined>;
}

/** The owner of the request's X-Auth-Token; undefined without a valid token. */
export async function authenticate(
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<Caller | undefined> {
  const token = request.headers['x-auth-token'];
  const known = typeof token === 'string' ? await authenticator.authenticate(token) : undefined;
  return known && { ...known, requestId: request.id };
}

/** Fault FORBIDDEN when the policy does not allow the route. */
export function requireAccess({ method, url, routeOptions }: FastifyRequest, caller: Caller): void {
  const { rule } = routeOptions.config;
  const route = `${method} ${routeOptions.url ?? url}`;
  if (rule === undefined) {
    throw new Error(`${route} has no rule of the policy`);
  }
  if (!isAllowed(rule, caller)) {
    throw new Fault('FORBIDDEN', { rule: isAdministrative(rule) ? rule : route });
  }
}
