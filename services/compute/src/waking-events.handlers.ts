import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { CloudEvent } from '@metalcast/contracts';
import { Engine } from './engine/advance.js';
import { wakingEvents } from './engine/waits/conditions.js';
import { wakeBy } from './engine/wake.js';

@Controller()
export class WakingEventsHandlers {
  constructor(@Inject(Engine) private readonly engine: Engine) {}

  @EventPattern(wakingEvents)
  wake(@Payload() event: CloudEvent): Promise<void> {
    return wakeBy(this.engine, event);
  }
}
