import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { deployHelper } from '@metalcast/contracts';
import { OsloModule, OsloServer } from '@metalcast/rpc';
import { SERVICE } from '@metalcast/service';
import type { DeployHelperContext } from '../config.js';
import { DeploymentCommands } from './commands.js';
import { DeploymentEventsHandlers } from './deployment-events.handlers.js';
import { OtherHelpers } from './other-helpers.js';
import { openWorkers } from './workers/open-workers.js';
import { DeploymentRows } from './rows.js';
import { DeploymentSignals } from './signals.js';
import { DeploymentWorkers } from './workers/workers.js';

const hintTimeoutMs = 5000;

/** The deployments: their rows, who waits for a change of them, and who writes them to disks. */
@Module({
  imports: [OsloModule.registerClient(deployHelper, { timeoutMs: hintTimeoutMs })],
  controllers: [DeploymentEventsHandlers],
  providers: [
    DeploymentSignals,
    OtherHelpers,
    {
      provide: DeploymentRows,
      inject: [SERVICE, DeploymentSignals, OtherHelpers],
      useFactory: rowsOf,
    },
    {
      provide: DeploymentWorkers,
      inject: [SERVICE, DeploymentSignals, DeploymentRows, OtherHelpers],
      useFactory: workersOf,
    },
    {
      provide: DeploymentCommands,
      inject: [SERVICE, DeploymentSignals, DeploymentRows, DeploymentWorkers],
      useFactory: commandsOf,
    },
  ],
  exports: [DeploymentSignals, OtherHelpers, DeploymentRows, DeploymentWorkers, DeploymentCommands],
})
export class DeploymentModule implements OnModuleInit {
  constructor(
    @Inject(OsloServer) private readonly server: OsloServer,
    @Inject(DeploymentSignals) private readonly signals: DeploymentSignals,
    @Inject(DeploymentWorkers) private readonly workers: DeploymentWorkers,
    @Inject(SERVICE) private readonly service: DeployHelperContext,
  ) {}

  onModuleInit(): void {
    const { server, service, signals, workers } = this;
    service.health.check('disk', () => workers.hasRoom);
    server.on('listening', () => {
      signals.notifyAll();
      workers.wake();
    });
  }
}

function rowsOf(
  { database }: DeployHelperContext,
  signals: DeploymentSignals,
  others: OtherHelpers,
): DeploymentRows {
  return new DeploymentRows({ database, signals, hint: hintBy(others) });
}

function workersOf(
  context: DeployHelperContext,
  signals: DeploymentSignals,
  rows: DeploymentRows,
  others: OtherHelpers,
): Promise<DeploymentWorkers> {
  return openWorkers(context, { signals, rows, hint: hintBy(others) });
}

function commandsOf(
  { config, owner }: DeployHelperContext,
  signals: DeploymentSignals,
  rows: DeploymentRows,
  workers: DeploymentWorkers,
): DeploymentCommands {
  return new DeploymentCommands({ rows, signals, workers, owner, timing: config });
}

const hintBy =
  (others: OtherHelpers) =>
  (node: string): void => {
    others.wake(node);
  };
