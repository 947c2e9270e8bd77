import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CommandsModule } from './commands/commands.module.js';
import { PowerWorker } from './commands/worker.js';
import { PowerHandlers } from './power.handlers.js';
import { SyncModule } from './sync/sync.module.js';
import { PowerSync } from './sync/sync.js';

@Module({ imports: [CommandsModule, SyncModule], controllers: [PowerHandlers] })
export class PowerModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(PowerWorker) private readonly worker: PowerWorker,
    @Inject(PowerSync) private readonly sync: PowerSync,
  ) {}

  onApplicationBootstrap(): void {
    this.worker.start();
    this.sync.start();
  }

  /** Both at once: each may have to wait for a BMC. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.close(), this.sync.close()]);
  }
}
