import type { ApiPart } from '../http/api-part.js';
import { NodesController } from './nodes.controller.js';
import { TraceController } from './trace.controller.js';

/** Metalcast's own API under /metalcast/v1: what OpenStack has no word for. */
export const metalcastApi: ApiPart = {
  controllers: [NodesController, TraceController],
  providers: [],
};
