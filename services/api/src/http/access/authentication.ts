import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { isAdministrative, isAllowed } from '../../policy/policy.js';
import type { Caller } from './caller.js';

/** Knows tokens. */
export interface Authenticator {
  /** Who the token speaks for, or undefined when it is invalid, expired or its account is gone. */
  authenticate(token: string): Promise<Omit<Caller, 'requestId'> | undefined>;
}

/** Whom the request's X-Auth-Token speaks for; undefined when it has none or a wrong one. */
export async function authenticate(
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<Caller | undefined> {
  const token = request.headers['x-auth-token'];
  const known = typeof token === 'string' ? await authenticator.authenticate(token) : undefined;
  return known && { ...known, requestId: request.id };
}

/** Fault: FORBIDDEN when the route is for others. */
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
