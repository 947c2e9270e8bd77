import 'reflect-metadata';
import proxyAddress from '@fastify/proxy-addr';
import { NestFactory, Reflector } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Connections, nestLogger, type Running } from '@metalcast/service';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../config.js';
import { FaultsFilter } from '../faults/faults.filter.js';
import { Servers } from '../compute/servers/servers.js';
import { TokenAuthenticator } from '../identity/tokens/token-authenticator.js';
import { refuseRoutes } from '../not-offered/refuse-routes.js';
import { newAdapter } from './adapter.js';
import { admit, type AdmissionUses } from './access/admission.js';
import { AnonymousPace } from './limits/anonymous-pace.js';
import { limitBodies } from './limits/body-limits.js';
import { UnreadQueryGuard } from './requests/unread-query.js';
import { addBodyParsers } from './requests/body-parsers.js';
import { EagerClients } from './limits/eager-clients.js';
import { logAccess } from './answers/access-log.js';
import { Links } from './answers/links.js';
import { MicroversionGuard, negotiateMicroversions } from './routing/microversion.js';
import { carryRequestId } from './requests/request-id.js';
import { RouteTable } from './routing/route-table.js';
import { refuseUnstorableText } from './requests/storable-text.js';
import { limitUnreadAnswers } from './limits/unread-answer.js';
import { limitUnreadBodies } from './limits/unread-body.js';

export interface HttpApp extends Running {
  readonly listening: boolean;
  /** Returns the URL. */
  listen(): Promise<string>;
}

/** How long running requests may take when the service stops. An upload that is cut off can be sent again. */
const closeMs = 5000;

/** Makes the application; `listen` starts it on the configured port. */
export async function openHttp(
  context: ApiContext,
  module: DynamicModule,
  pace = new AnonymousPace(),
): Promise<HttpApp> {
  const { config, logger } = context;
  const receiveMs = config.receiveSeconds * 1000;
  const connections = new Connections(config.maxConnections);
  const trusted = proxyAddress.compile([...config.trustedProxies]);
  const eager = new EagerClients();
  const routes = new RouteTable();
  const admission: AdmissionUses = {
    authenticator: () => app.get(TokenAuthenticator),
    routes,
    pace,
    addressOf: (raw) => proxyAddress(raw, trusted),
    admitted: ({ raw }) => {
      connections.serve(raw.socket);
      eager.served(raw.socket);
    },
  };
  const filter = (): FaultsFilter =>
    new FaultsFilter({ routes, logger, identityUrl: app.get(Links).at('identity', 'v3') });
  const adapter = newAdapter({ config, logger, connections, eager, admission, filter });
  const server = adapter.getInstance<FastifyInstance>();
  routes.watch(server);
  limitBodies(server, config);
  limitUnreadBodies(server);
  limitUnreadAnswers(server, config.uploadSilenceSeconds * 1000);
  carryRequestId(server);
  if (config.accessLog) {
    logAccess(server, logger);
  }
  negotiateMicroversions(server);
  admit(server, admission);
  refuseUnstorableText(server);
  addBodyParsers(server, receiveMs);
  refuseRoutes(server, (id, caller) =>
    app.get(Servers, { strict: false }).find(id, 'os_compute_api:servers:show', caller),
  );
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalGuards(new MicroversionGuard(app.get(Reflector)), new UnreadQueryGuard());
  app.useGlobalFilters(filter());
  await app.init();
  return {
    get listening() {
      return server.server.listening;
    },
    async listen() {
      await app.listen({ host: config.listenAddress, port: config.listenPort });
      return app.getUrl();
    },
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
