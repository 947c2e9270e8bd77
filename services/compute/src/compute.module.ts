import { Module } from '@nestjs/common';
import { ComputeHandlers } from './compute.handlers.js';
import { EngineModule } from './engine/engine.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { WakingEventsHandlers } from './waking-events.handlers.js';

@Module({
  imports: [EngineModule, RetentionModule],
  controllers: [ComputeHandlers, WakingEventsHandlers],
})
export class ComputeModule {}
