import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SERVICE } from '@metalcast/service';
import type { ComputeContext } from '../config.js';
import { RetentionSweep } from './retention-sweep.js';

/** Removes rows that have had their time. */
@Module({
  providers: [
    {
      provide: RetentionSweep,
      inject: [SERVICE],
      useFactory: (context: ComputeContext) => new RetentionSweep(context.database, context),
    },
  ],
})
export class RetentionModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(RetentionSweep) private readonly sweep: RetentionSweep) {}

  onApplicationBootstrap(): void {
    this.sweep.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweep.stop();
  }
}
