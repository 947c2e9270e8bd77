import { HttpException } from '@nestjs/common';
import { isDatabaseAway, isUnstorable } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import type { RouteTable } from '../http/routing/route-table.js';

/** The fault for `error`, or undefined when the error is a bug. Exceptions of the framework are translated. */
export function faultOf(
  error: unknown,
  request: Pick<FastifyRequest, 'method' | 'url'>,
  routes: RouteTable,
): Fault | undefined {
  if (error instanceof Fault) {
    return error;
  }
  if (isDatabaseAway(error)) {
    const reason = 'The database does not answer, or takes nothing now; try again.';
    return new Fault('UNAVAILABLE', { reason }, { cause: error });
  }
  if (isUnstorable(error)) {
    const reason = 'A value has a number or a character that cannot be stored.';
    return new Fault('BAD_REQUEST', { reason }, { cause: error });
  }
  if (!(error instanceof HttpException)) {
    return undefined;
  }
  switch (error.getStatus()) {
    case 404:
      return routeFault(request, routes);
    case 413:
      return new Fault('TOO_LARGE', { reason: 'The request body is too large.' });
    case 415:
      return new Fault('UNSUPPORTED_MEDIA', {
        reason: 'The content type must be application/json.',
      });
    case 503:
      return new Fault('UNAVAILABLE', { reason: 'The API is stopping.' });
    default:
      return error.getStatus() < 500
        ? new Fault('BAD_REQUEST', { reason: error.message })
        : undefined;
  }
}

/** The fault for a request that no route answers. */
export function routeFault(
  { method, url }: Pick<FastifyRequest, 'method' | 'url'>,
  routes: RouteTable,
): Fault {
  return routes.methodsOf(url).length > 0
    ? new Fault('METHOD_NOT_ALLOWED', { method })
    : new Fault(
        'NOT_FOUND',
        { what: 'Resource', id: url },
        { message: 'The resource could not be found.' },
      );
}
