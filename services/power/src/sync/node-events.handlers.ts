import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { CloudEvent } from '@metalcast/contracts';
import { serviceMessages } from '@metalcast/domain';
import { PowerSync } from './sync.js';

@Controller()
export class NodeEventsHandlers {
  constructor(@Inject(PowerSync) private readonly sync: PowerSync) {}

  @EventPattern([...serviceMessages.power.follows])
  noteChange(@Payload() { subject }: CloudEvent): void {
    this.sync.noteChange(subject);
  }
}
