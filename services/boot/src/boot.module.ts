import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SERVICE } from '@metalcast/service';
import { ActiveStandby } from './active/active-standby.js';
import { BootServer } from './active/boot-server.js';
import type { BootContext } from './config.js';
import { tellWhere } from './http/node-facing.js';

/**
 * Serves the provisioning network, or stands by for the process that does. What is served, the topic among it, is made
 * anew for each term, by `BootServer`.
 */
@Module({
  providers: [{ provide: ActiveStandby, inject: [SERVICE], useFactory: standbyOf }],
})
export class BootModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(SERVICE) private readonly service: BootContext,
    @Inject(ActiveStandby) private readonly standby: ActiveStandby,
  ) {}

  onApplicationBootstrap(): void {
    this.service.health.check('boot', () => this.standby.ready);
    tellWhere(this.service, false);
    this.standby.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.standby.stop();
  }
}

function standbyOf(context: BootContext): ActiveStandby {
  const { config, database, logger, host } = context;
  return new ActiveStandby({
    database,
    logger,
    name: `boot:${config.provisioningNetwork ?? config.provisioningInterface}`,
    // The owner is the host, not the process: a successor on this host need not wait for the end of the lease while
    // nodes ask for addresses. The former process cannot answer any more, because its successor has its ports.
    owner: `boot@${host}`,
    create: () => new BootServer(context),
  });
}
