import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { CloudEvent } from '@metalcast/contracts';
import { serviceMessages } from '@metalcast/domain';
import { FleetKeeper } from './fleet-keeper.js';
import { Fleet } from './fleet.js';
import { isRelevantEvent } from './relevant-event.js';

@Controller()
export class FleetEventsHandlers {
  constructor(
    @Inject(Fleet) private readonly fleet: Fleet,
    @Inject(FleetKeeper) private readonly keeper: FleetKeeper,
  ) {}

  @EventPattern([...serviceMessages.scheduler.follows])
  refresh(@Payload() event: CloudEvent): void {
    if (isRelevantEvent(this.fleet, event)) {
      this.keeper.refreshSoon();
    }
  }
}
