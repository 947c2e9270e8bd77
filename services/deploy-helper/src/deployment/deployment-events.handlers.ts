import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { CloudEvent } from '@metalcast/contracts';
import { serviceMessages } from '@metalcast/domain';
import { DeploymentRows } from './rows.js';
import { DeploymentSignals } from './signals.js';
import { DeploymentWorkers } from './workers/workers.js';

@Controller()
export class DeploymentEventsHandlers {
  constructor(
    @Inject(DeploymentRows) private readonly rows: DeploymentRows,
    @Inject(DeploymentSignals) private readonly signals: DeploymentSignals,
    @Inject(DeploymentWorkers) private readonly workers: DeploymentWorkers,
  ) {}

  @EventPattern([...serviceMessages['deploy-helper'].follows])
  nodeState(@Payload() { subject, epoch }: CloudEvent): void {
    // The remembered row of the node's present epoch is still right.
    if (this.rows.mayHaveLeft(subject, epoch)) {
      this.rows.forget(subject);
      this.signals.notify(subject);
    }
    this.workers.recheck(subject, epoch);
  }
}
