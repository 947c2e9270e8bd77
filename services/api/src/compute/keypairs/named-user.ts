import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf, type Caller } from '../../http/access/caller.js';
import { versionOf, type Microversion } from '../../http/routing/microversion.js';
import { parseWith } from '../../http/requests/zod-pipe.js';
import { requireAllowed } from '../../policy/policy.js';

const userId = z.string().min(1).max(255);
/** Names the owner of the key pairs, in a query or a body. */
export const ofUser = z.object({ user_id: userId.optional() });
type OfUser = z.output<typeof ofUser>;

/** Parameter decorator: the owner of the key pairs that the request is about. */
export const NamedUser = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return userOf(parseWith(ofUser, request.query), callerOf(request), versionOf(context));
});

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
