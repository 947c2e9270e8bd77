import { ModelDatabase } from '@metalcast/db/models';
import { BootImages } from '../placement/boot-images.js';
import { Placements } from '../placement/placements.js';
import type { ApiPart } from '../http/api-part.js';
import { EnrolmentController } from './nodes/enrolment.controller.js';
import { ExplainController } from './explain/explain.controller.js';
import { NodePowerController } from './nodes/node-power.controller.js';
import { NodesController } from './nodes/nodes.controller.js';
import { Questions } from './explain/questions.js';
import { TraceController } from './trace/trace.controller.js';

/** Metalcast's own API under /metalcast/v1: what OpenStack has no word for. */
export const metalcastApi: ApiPart = {
  controllers: [
    EnrolmentController,
    ExplainController,
    NodePowerController,
    NodesController,
    TraceController,
  ],
  providers: [
    {
      provide: Questions,
      inject: [ModelDatabase, BootImages, Placements],
      useFactory: (database: ModelDatabase, images: BootImages, placements: Placements) =>
        new Questions(database, images, placements),
    },
  ],
};
