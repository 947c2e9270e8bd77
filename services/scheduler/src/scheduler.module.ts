import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceContext } from '@metalcast/service';
import { PlaceInstance } from './place-instance.js';
import { SchedulerHandlers } from './scheduler.handlers.js';

@Module({})
export class SchedulerModule {
  static register({ database, logger }: ServiceContext): DynamicModule {
    return {
      module: SchedulerModule,
      controllers: [SchedulerHandlers],
      providers: [
        { provide: PlaceInstance, useFactory: () => new PlaceInstance(database, logger) },
      ],
    };
  }
}
