import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { CloudEvent } from '@metalcast/contracts';
import { FleetKeeper } from './fleet-keeper.js';
import { Fleet } from './fleet.js';
import { isRelevantEvent } from './relevant-event.js';

/** Events that tell of a change of what filters see. */
const changes = [
  'node.state',
  'node.enrolled',
  'node.removed',
  'node.changed',
  'node.quarantined',
  'aggregate.#',
];

@Controller()
export class FleetEventsHandlers {
  constructor(
    @Inject(Fleet) private readonly fleet: Fleet,
    @Inject(FleetKeeper) private readonly keeper: FleetKeeper,
  ) {}

  @EventPattern(changes)
  refresh(@Payload() event: CloudEvent): void {
    if (isRelevantEvent(this.fleet, event)) {
      this.keeper.refreshSoon();
    }
  }
}
