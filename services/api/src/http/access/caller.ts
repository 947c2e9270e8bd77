import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestContext } from '@metalcast/contracts';
import type { FastifyRequest } from 'fastify';
import type { Role } from '../../policy/policy.js';

/** Who makes a request, by token and account. */
export interface Caller {
  readonly userId: string;
  readonly userName: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly roles: readonly Role[];
  /** The request's id: in the answer's header, the logs and all messages that follow from the request. */
  readonly requestId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

/** The authenticated caller of a request. Throws on a public route, which is a bug. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) {
    throw new Error(`${request.method} ${request.url} has no caller: its route is public`);
  }
  return request.caller;
}

/** Parameter decorator: the `Caller`. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The caller in messages; never the token. */
export function messageContext(caller: Caller): RequestContext {
  const { requestId, userId, projectId, roles } = caller;
  return { requestId, userId, projectId, isAdmin: roles.includes('admin') };
}
