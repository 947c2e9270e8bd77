import { Module } from '@nestjs/common';
import { ComputeHandlers } from './compute.handlers.js';
import { EngineModule } from './engine/engine.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { WakingEventsHandlers } from './waking-events.handlers.js';

@Module({
  imports: [EngineModule, RetentionModule, MonitoringModule],
  controllers: [ComputeHandlers, WakingEventsHandlers],
})
export class ComputeModule {}
