import { Fault } from '@metalcast/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultsFilter } from '../../faults/faults.filter.js';
import { identify, type AdmissionUses } from '../access/admission.js';
import { limitUnreadBody } from '../limits/unread-body.js';

interface RefusalUses {
  readonly admission: AdmissionUses;
  readonly filter: FaultsFilter;
}

/**
 * Refuses a URL that the router cannot read. The router has run no hooks by then, so unknown callers wait for their
 * turn here.
 */
export async function refuseBadUrl(
  error: { readonly statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
  { admission, filter }: RefusalUses,
): Promise<void> {
  reply.header('x-openstack-request-id', request.id);
  const refusal = await identify(request, admission).then(
    () => badUrl(error),
    (refused: unknown) => refused,
  );
  limitUnreadBody(request, reply);
  filter.answer(refusal, request, reply);
}

const badUrl = ({ statusCode }: { readonly statusCode?: number }): Fault =>
  statusCode === 414
    ? new Fault('URI_TOO_LONG', { reason: 'A part of the URL is too long.' })
    : new Fault('BAD_REQUEST', {
        reason: 'The URL has a % that no two hexadecimal digits follow.',
      });
