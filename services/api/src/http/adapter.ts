import type { RequestListener, Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Logger } from '@metalcast/log';
import { createListener, withoutSchemas, type Connections } from '@metalcast/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiContext } from '../config.js';
import type { FaultsFilter } from '../faults/faults.filter.js';
import type { AdmissionUses } from './access/admission.js';
import { refuseBadUrl } from './routing/bad-url.js';
import type { EagerClients } from './limits/eager-clients.js';
import { tidyForwardedFor } from './limits/forwarded-for.js';
import { requestIdOf } from './requests/request-id.js';

interface AdapterUses {
  readonly config: ApiContext['config'];
  readonly logger: Logger;
  readonly connections: Connections;
  readonly eager: EagerClients;
  readonly admission: AdmissionUses;
  readonly filter: () => FaultsFilter;
}

const longestParameter = 500;

/** Nest's Fastify adapter on a listener with our limits. */
export function newAdapter(uses: AdapterUses): FastifyAdapter {
  const { config } = uses;
  return new FastifyAdapter({
    logger: false,
    schemaController: withoutSchemas,
    genReqId: requestIdOf,
    requestIdHeader: false,
    trustProxy: [...config.trustedProxies],
    bodyLimit: config.maxBodyBytes,
    serverFactory: (handler: RequestListener) => newListener(handler, uses),
    // Nest has its own copy of Fastify's types.
    frameworkErrors: refusingBadUrls(uses) as never,
    skipMiddie: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: longestParameter },
  });
}

function newListener(
  handler: RequestListener,
  { config, connections, eager }: AdapterUses,
): Server {
  const tidy: RequestListener = (request, response) => {
    tidyForwardedFor(request.headers);
    handler(request, response);
  };
  return createListener(tidy, {
    connections,
    headersMs: config.receiveSeconds * 1000,
    admits: (socket) => eager.admits(socket),
    ended: (socket) => {
      eager.ended(socket);
    },
  });
}

const refusingBadUrls =
  ({ admission, filter, logger }: AdapterUses) =>
  (error: { readonly statusCode?: number }, request: FastifyRequest, reply: FastifyReply): void => {
    refuseBadUrl(error, request, reply, { admission, filter: filter() }).catch(
      (failure: unknown) => {
        logger.error({ err: failure }, 'a bad URL could not be answered');
        request.raw.destroy();
      },
    );
  };
