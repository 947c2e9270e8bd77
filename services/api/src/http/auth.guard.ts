import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { ACCESS, type Access } from './access.js';
import type { Caller, Role } from './caller.js';

/** Knows tokens. */
export interface Authenticator {
  /** Who the token speaks for, or undefined when it is invalid, expired or its account is gone. */
  authenticate(token: string): Promise<Omit<Caller, 'requestId'> | undefined>;
}

const reading = new Set(['GET', 'HEAD']);
const writers: readonly Role[] = ['admin', 'member'];

/** Verifies X-Auth-Token and the route's access. Without a word on the route: any role reads, members change. */
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access?.kind === 'public') {
      return true;
    }
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.callerOf(request);
    request.caller = caller;
    const allowed = access?.roles ?? (reading.has(request.method) ? caller.roles : writers);
    if (!allowed.some((role) => caller.roles.includes(role))) {
      const rule = access?.rule ?? `${request.method} ${request.routeOptions.url ?? request.url}`;
      throw new Fault('FORBIDDEN', { rule });
    }
    return true;
  }

  private async callerOf(request: FastifyRequest): Promise<Caller> {
    const token = request.headers['x-auth-token'];
    const known =
      typeof token === 'string' ? await this.authenticator.authenticate(token) : undefined;
    if (known === undefined) {
      throw new Fault('UNAUTHORIZED');
    }
    return { ...known, requestId: request.id };
  }
}
