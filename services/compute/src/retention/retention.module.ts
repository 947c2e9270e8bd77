import { Inject, Module } from '@nestjs/common';
import { SERVICE } from '@metalcast/service';
import type { ComputeContext } from '../config.js';
import { LoopModule } from '../loop-module.js';
import { RetentionSweep } from './retention-sweep.js';

/** Removes expired rows. */
@Module({
  providers: [
    {
      provide: RetentionSweep,
      inject: [SERVICE],
      useFactory: (context: ComputeContext) => new RetentionSweep(context.database, context),
    },
  ],
})
export class RetentionModule extends LoopModule {
  constructor(@Inject(RetentionSweep) sweep: RetentionSweep) {
    super(sweep);
  }
}
