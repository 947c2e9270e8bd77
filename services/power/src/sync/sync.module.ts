import { Module } from '@nestjs/common';
import { Opener } from '@metalcast/keys';
import { SERVICE } from '@metalcast/service';
import { BmcHealth } from '../bmc-health.js';
import { BmcModule } from '../bmc.module.js';
import { leaseOf, waitsOf, type PowerContext } from '../config.js';
import { NodeEventsHandlers } from './node-events.handlers.js';
import { PowerObserver } from './observe.js';
import { PowerSync } from './sync.js';

/** Reads the power of nodes, on demand and all the time. */
@Module({
  imports: [BmcModule],
  controllers: [NodeEventsHandlers],
  providers: [
    { provide: PowerObserver, inject: [SERVICE, BmcHealth, Opener], useFactory: observerOf },
    { provide: PowerSync, inject: [SERVICE, BmcHealth, PowerObserver], useFactory: syncOf },
  ],
  exports: [PowerObserver, PowerSync],
})
export class SyncModule {}

function observerOf(
  { database, logger, config }: PowerContext,
  health: BmcHealth,
  passwords: Opener,
): PowerObserver {
  const { requestMs, syncFailures: failuresTaken } = config;
  return new PowerObserver({
    ...{ database, passwords, logger, health, requestMs, failuresTaken },
    waits: waitsOf(config),
  });
}

function syncOf(
  { database, logger, owner, config }: PowerContext,
  health: BmcHealth,
  observer: PowerObserver,
): PowerSync {
  return new PowerSync({
    database,
    logger,
    owner,
    health,
    observer,
    intervalMs: config.syncIntervalMs,
    concurrency: config.syncConcurrency,
    ...leaseOf(config),
  });
}
