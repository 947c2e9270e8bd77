import 'reflect-metadata';
import { NestFactory, Reflector } from '@nestjs/core';
import type { DynamicModule, Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { nestLogger, type Running } from '@metalcast/service';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../config.js';
import { FaultsFilter } from '../faults/faults.filter.js';
import { TokenAuthenticator } from '../identity/token-authenticator.js';
import { AuthGuard } from './auth.guard.js';
import { addBodyParsers } from './body-parsers.js';
import { Links } from './links.js';
import { MicroversionGuard, negotiateMicroversions } from './microversion.js';
import { carryRequestId, requestIdOf } from './request-id.js';
import { RouteTable } from './route-table.js';
import { refuseUnstorableText } from './storable-text.js';

export interface HttpApp extends Running {
  /** Where this process listens. */
  readonly url: string;
  readonly listening: boolean;
  get<T>(token: Type<T>): T;
}

/** Longer than clients and proxies keep an idle connection: a reset of one that they reuse reads as a failure. */
const keepAliveMs = 75_000;

/** How long requests may take to end when the service stops; an upload may be cut off and sent again. */
const closeMs = 5000;

/** Serves the module's controllers on the configured port. */
export async function startHttp(context: ApiContext, module: DynamicModule): Promise<HttpApp> {
  const { config, logger } = context;
  const adapter = new FastifyAdapter({
    logger: false,
    genReqId: requestIdOf,
    requestIdHeader: false,
    bodyLimit: config.maxBodyBytes,
    keepAliveTimeout: keepAliveMs,
    // An image takes as long as it takes; the upload has a limit for silence of its own.
    requestTimeout: 0,
    skipMiddie: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  });
  const server = adapter.getInstance<FastifyInstance>();
  const routes = new RouteTable();
  routes.watch(server);
  carryRequestId(server);
  negotiateMicroversions(server);
  refuseUnstorableText(server);
  addBodyParsers(server);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const reflector = app.get(Reflector);
  app.useGlobalGuards(
    new AuthGuard(reflector, app.get(TokenAuthenticator)),
    new MicroversionGuard(reflector),
  );
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
