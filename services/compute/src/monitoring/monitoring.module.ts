import { Inject, Module } from '@nestjs/common';
import { SERVICE } from '@metalcast/service';
import type { ComputeContext } from '../config.js';
import { LoopModule } from '../loop-module.js';
import { OutboxWatch } from './outbox-watch.js';

/** Warns of what an operator has to mend. */
@Module({
  providers: [
    {
      provide: OutboxWatch,
      inject: [SERVICE],
      useFactory: (context: ComputeContext) => new OutboxWatch(context.database, context),
    },
  ],
})
export class MonitoringModule extends LoopModule {
  constructor(@Inject(OutboxWatch) watch: OutboxWatch) {
    super(watch);
  }
}
