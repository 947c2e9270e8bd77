import { Module } from '@nestjs/common';
import { Opener } from '@metalcast/keys';
import { SERVICE } from '@metalcast/service';
import { BmcHealth } from '../bmc-health.js';
import { BmcModule } from '../bmc.module.js';
import { leaseOf, waitsOf, type PowerContext } from '../config.js';
import { PowerCommands } from './receive.js';
import { PowerWorker } from './worker.js';

/** Takes power commands and carries them out. */
@Module({
  imports: [BmcModule],
  providers: [
    { provide: PowerWorker, inject: [SERVICE, BmcHealth, Opener], useFactory: workerOf },
    { provide: PowerCommands, inject: [SERVICE, PowerWorker], useFactory: commandsOf },
  ],
  exports: [PowerWorker, PowerCommands],
})
export class CommandsModule {}

function workerOf(
  { database, logger, owner, config }: PowerContext,
  health: BmcHealth,
  passwords: Opener,
): PowerWorker {
  return new PowerWorker({
    database,
    passwords,
    logger,
    owner,
    health,
    concurrency: config.concurrency,
    sweepMs: config.sweepMs,
    waits: waitsOf(config),
    timing: {
      requestMs: config.requestMs,
      confirmMs: config.confirmMs,
      softOffMs: config.softOffMs,
      offAgainMs: config.offAgainMs,
      ...leaseOf(config),
    },
  });
}

function commandsOf(
  { database, logger, config }: PowerContext,
  worker: PowerWorker,
): PowerCommands {
  return new PowerCommands({
    database,
    logger,
    worker,
    deadlineMs: config.commandMs,
    softOffDeadlineMs: config.softOffMs,
    queueMs: config.queueMs,
  });
}
