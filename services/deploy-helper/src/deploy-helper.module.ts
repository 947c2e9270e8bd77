import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AgentModule } from './agent/agent.module.js';
import { DeployHelperHandlers } from './deploy-helper.handlers.js';
import { DeploymentModule } from './deployment/deployment.module.js';
import { DeploymentSignals } from './deployment/signals.js';
import { DeploymentWorkers } from './deployment/workers/workers.js';

@Module({ imports: [DeploymentModule, AgentModule], controllers: [DeployHelperHandlers] })
export class DeployHelperModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(DeploymentWorkers) private readonly workers: DeploymentWorkers,
    @Inject(DeploymentSignals) private readonly signals: DeploymentSignals,
  ) {}

  /** After that of `AgentModule`: ramdisks are answered before anything is written. */
  onApplicationBootstrap(): void {
    this.workers.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.workers.close();
    this.signals.close();
  }
}
