import { Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { OsloServer } from '@metalcast/rpc';
import { SERVICE } from '@metalcast/service';
import type { SchedulerContext } from '../config.js';
import { FleetEventsHandlers } from './fleet-events.handlers.js';
import { FleetKeeper } from './fleet-keeper.js';
import { Fleet } from './fleet.js';

/** The nodes in memory, and what keeps them fresh. */
@Module({
  controllers: [FleetEventsHandlers],
  providers: [Fleet, { provide: FleetKeeper, inject: [SERVICE, Fleet], useFactory: keeperOf }],
  exports: [Fleet, FleetKeeper],
})
export class FleetModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    @Inject(FleetKeeper) private readonly keeper: FleetKeeper,
    @Inject(OsloServer) private readonly server: OsloServer,
    @Inject(SERVICE) private readonly service: SchedulerContext,
  ) {}

  /** Settles when all nodes are read: nothing is placed before. */
  async onModuleInit(): Promise<void> {
    const { keeper } = this;
    this.server.on('listening', () => {
      keeper.refreshSoon();
    });
    await keeper.start();
    this.service.health.check('nodes', () => keeper.isFresh());
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.keeper.stop();
  }
}

function keeperOf({ database, logger, config }: SchedulerContext, fleet: Fleet): FleetKeeper {
  const { refreshMs: everyMs, verifyMs } = config;
  return new FleetKeeper(database, fleet, logger, { everyMs, verifyMs });
}
