import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SERVICE } from '@metalcast/service';
import type { ComputeContext } from '../config.js';
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
export class MonitoringModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(OutboxWatch) private readonly watch: OutboxWatch) {}

  onApplicationBootstrap(): void {
    this.watch.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.watch.stop();
  }
}
