import 'reflect-metadata';
import type { RequestListener } from 'node:http';
import { NestFactory, Reflector } from '@nestjs/core';
import type { DynamicModule, Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { nestLogger, type Running } from '@metalcast/service';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../config.js';
import { FaultsFilter } from '../faults/faults.filter.js';
import { TokenAuthenticator } from '../identity/token-authenticator.js';
import { admit } from './admission.js';
import { limitBodies } from './body-limits.js';
import { addBodyParsers } from './body-parsers.js';
import { Connections } from './connections.js';
import { Links } from './links.js';
import { createListener } from './listener.js';
import { MicroversionGuard, negotiateMicroversions } from './microversion.js';
import { carryRequestId, requestIdOf } from './request-id.js';
import { RouteTable } from './route-table.js';
import { refuseUnstorableText } from './storable-text.js';
import { limitUnreadBodies } from './unread-body.js';

export interface HttpApp extends Running {
  /** Where this process listens. */
  readonly url: string;
  readonly listening: boolean;
  get<T>(token: Type<T>): T;
}

/** How long requests may take to end when the service stops; an upload may be cut off and sent again. */
const closeMs = 5000;

/** Serves the module's controllers on the configured port. */
export async function startHttp(context: ApiContext, module: DynamicModule): Promise<HttpApp> {
  const { config, logger } = context;
  const receiveMs = config.receiveSeconds * 1000;
  const connections = new Connections(config.maxConnections);
  const adapter = new FastifyAdapter({
    logger: false,
    genReqId: requestIdOf,
    requestIdHeader: false,
    trustProxy: [...config.trustedProxies],
    bodyLimit: config.maxBodyBytes,
    serverFactory: (handler: RequestListener) =>
      createListener(handler, { connections, headersMs: receiveMs }),
    skipMiddie: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  });
  const server = adapter.getInstance<FastifyInstance>();
  const routes = new RouteTable();
  routes.watch(server);
  limitBodies(server, config.maxBodyBytes);
  limitUnreadBodies(server);
  carryRequestId(server);
  negotiateMicroversions(server);
  admit(server, {
    authenticator: () => app.get(TokenAuthenticator),
    routes,
    admitted: ({ raw }) => {
      connections.serve(raw.socket);
    },
  });
  // What it refuses counts like all else that is refused.
  refuseUnstorableText(server);
  addBodyParsers(server, receiveMs);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalGuards(new MicroversionGuard(app.get(Reflector)));
  app.useGlobalFilters(
    new FaultsFilter({ routes, logger, identityUrl: app.get(Links).at('identity', 'v3') }),
  );
  await app.listen({ host: config.listenAddress, port: config.listenPort });
  return {
    url: await app.getUrl(),
    get listening() {
      return server.server.listening;
    },
    get: (token) => app.get(token),
    close: () => closeWithin(app, server),
  };
}

async function closeWithin(app: NestFastifyApplication, server: FastifyInstance): Promise<void> {
  const cutOff = setTimeout(() => {
    server.server.closeAllConnections();
  }, closeMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cutOff);
  }
}
