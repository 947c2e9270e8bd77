import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf, type Caller } from '../../http/access/caller.js';
import { versionOf, type Microversion } from '../../http/routing/microversion.js';
import { parseWith, type ReadsQuery } from '../../http/requests/zod-pipe.js';
import { requireAllowed } from '../../policy/policy.js';

const userId = z.string().min(1).max(255);
/** Names another user than the caller, in a query or a body. */
export const ofUser = { user_id: userId.optional() };

const userQuery = z.strictObject(ofUser);
type OfUser = z.output<typeof userQuery>;

const userOfQuery = createParamDecorator(
  ({ query }: ReadsQuery<z.ZodType<OfUser>>, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return userOf(parseWith(query, request.query), callerOf(request), versionOf(context));
  },
);

/** Parameter decorator: the user whose key pairs the query means; `query` where it means more than that. */
export const NamedUser = (query: z.ZodType<OfUser> = userQuery): ParameterDecorator =>
  userOfQuery({ query });

/** The owner of the key pairs: the caller, or from 2.10 on the user that an administrator names. */
export function userOf({ user_id: wanted }: OfUser, caller: Caller, version: Microversion): string {
  if (wanted === undefined) {
    return caller.userId;
  }
  if (!version.since(10)) {
    throw new Fault('BAD_REQUEST', { reason: 'user_id needs the microversion 2.10 or later.' });
  }
  if (wanted !== caller.userId) {
    requireAllowed('os_compute_api:os-keypairs', caller);
  }
  return wanted;
}
