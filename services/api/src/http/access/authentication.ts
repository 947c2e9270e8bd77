import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import type { Caller, Role } from './caller.js';

/** Knows tokens. */
export interface Authenticator {
  /** Who the token speaks for, or undefined when it is invalid, expired or its account is gone. */
  authenticate(token: string): Promise<Omit<Caller, 'requestId'> | undefined>;
}

const reading = new Set(['GET', 'HEAD']);
const writers: readonly Role[] = ['admin', 'member'];

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
export function requireAccess(request: FastifyRequest, caller: Caller): void {
  const { access } = request.routeOptions.config;
  if (access?.kind === 'public') {
    return;
  }
  const allowed = access?.roles ?? (reading.has(request.method) ? caller.roles : writers);
  if (!allowed.some((role) => caller.roles.includes(role))) {
    const rule = access?.rule ?? `${request.method} ${request.routeOptions.url ?? request.url}`;
    throw new Fault('FORBIDDEN', { rule });
  }
}
