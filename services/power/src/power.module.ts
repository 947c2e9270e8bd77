import { Opener } from '@metalcast/keys';
import type { ServiceContext } from '@metalcast/service';
import { Module, type DynamicModule } from '@nestjs/common';
import { BmcHealth } from './bmc-health.js';
import { PowerCommands } from './commands/receive.js';
import { PowerWorker } from './commands/worker.js';
import type { options } from './config.js';
import { PowerHandlers } from './power.handlers.js';
import { PowerObserver } from './sync/observe.js';
import { PowerSync } from './sync/sync.js';

type Context = ServiceContext<typeof options>;

@Module({})
export class PowerModule {
  static register(context: Context): DynamicModule {
    const passwords = new Opener(context.keys.bmcPrivate);
    const worker = workerOf(context, passwords);
    const observer = observerOf(context, worker.health, passwords);
    const sync = syncOf(context, worker.health, observer);
    return {
      module: PowerModule,
      controllers: [PowerHandlers],
      providers: [
        { provide: PowerWorker, useValue: worker.worker },
        { provide: PowerCommands, useValue: commandsOf(context, worker.worker) },
        { provide: PowerObserver, useValue: observer },
        { provide: PowerSync, useValue: sync },
      ],
    };
  }
}

function workerOf({ database, logger, owner, config }: Context, passwords: Opener) {
  const health = new BmcHealth();
  const worker = new PowerWorker({
    database,
    passwords,
    logger,
    owner,
    health,
    concurrency: config.concurrency,
    sweepMs: config.sweepMs,
    timing: {
      requestMs: config.requestMs,
      confirmMs: config.confirmMs,
      softOffMs: config.softOffMs,
      offAgainMs: config.offAgainMs,
      ...leaseOf(config),
    },
  });
  return { worker, health };
}

function commandsOf({ database, logger, config }: Context, worker: PowerWorker): PowerCommands {
  return new PowerCommands({
    database,
    logger,
    worker,
    deadlineMs: config.commandMs,
    softOffDeadlineMs: config.softOffMs,
    queueMs: config.queueMs,
  });
}

function observerOf(
  { database, logger, config }: Context,
  health: BmcHealth,
  passwords: Opener,
): PowerObserver {
  const { requestMs, syncFailures: failuresTaken } = config;
  return new PowerObserver({ database, passwords, logger, health, requestMs, failuresTaken });
}

function syncOf(
  { database, logger, owner, config }: Context,
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

const renewalsPerLease = 3;

const leaseOf = ({ leaseMs }: Context['config']): { leaseMs: number; renewMs: number } => ({
  leaseMs,
  renewMs: Math.floor(leaseMs / renewalsPerLease),
});
