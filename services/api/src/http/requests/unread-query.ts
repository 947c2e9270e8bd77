import { SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { queriesOf } from './route-query.js';

const ignoredKey = 'metalcast:ignored-query';

/** Parameters that clients of OpenStack send to this method, and that change nothing here. */
export const IgnoredQuery = (...names: readonly string[]): MethodDecorator =>
  SetMetadata(ignoredKey, names);

export const ignoredQueryOf = (handler: object): readonly string[] =>
  (Reflect.getMetadata(ignoredKey, handler) as readonly string[] | undefined) ?? [];

/** A method that reads nothing of the query refuses what stands there, as strict schemas do. */
export class UnreadQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    if (queriesOf(context.getClass(), handler.name).length > 0) {
      return true;
    }
    const ignored = ignoredQueryOf(handler);
    const { query } = context.switchToHttp().getRequest<FastifyRequest>();
    const unknown = Object.keys(query as object).find((name) => !ignored.includes(name));
    if (unknown !== undefined) {
      throw new Fault('BAD_REQUEST', {
        reason: `Invalid input for the request: ${JSON.stringify(unknown)} is no parameter of this request`,
      });
    }
    return true;
  }
}
