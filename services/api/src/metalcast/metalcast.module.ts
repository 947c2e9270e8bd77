import { power, scheduler } from '@metalcast/contracts';
import { OsloModule } from '@metalcast/rpc';
import { Module } from '@nestjs/common';
import { NodesModule } from '../nodes/nodes.module.js';
import { PlacementModule } from '../placement/placement.module.js';
import { ExplainController } from './explain/explain.controller.js';
import { Questions } from './explain/questions.js';
import { EnrolmentController } from './nodes/enrolment.controller.js';
import { NodePowerController } from './nodes/node-power.controller.js';
import { NodesController } from './nodes/nodes.controller.js';
import { TraceController } from './trace/trace.controller.js';

/** Metalcast's own API under /metalcast/v1: for what OpenStack has no API. */
@Module({
  imports: [
    NodesModule,
    PlacementModule,
    OsloModule.registerClient(scheduler, { timeoutMs: 10_000 }),
    // A BMC may take its time.
    OsloModule.registerClient(power, { timeoutMs: 30_000 }),
  ],
  controllers: [
    EnrolmentController,
    ExplainController,
    NodePowerController,
    NodesController,
    TraceController,
  ],
  providers: [Questions],
})
export class MetalcastModule {}
