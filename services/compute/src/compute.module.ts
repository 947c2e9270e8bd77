import { Module, type DynamicModule } from '@nestjs/common';
import { OverdueGuard, type ServiceContext } from '@metalcast/service';
import { ComputeHandlers } from './compute.handlers.js';
import type { options } from './config.js';
import { Engine } from './engine/advance.js';
import { Sweep } from './engine/sweep.js';
import { plans } from './operations/index.js';

/** After its own start or absence compute repeats a message so often before it reports another service as lost. */
const graceRecasts = 3;

@Module({})
export class ComputeModule {
  static register({ database, logger, config }: ServiceContext<typeof options>): DynamicModule {
    const { sweepMs, recastMs } = config;
    const overdueGuard = new OverdueGuard({ everyMs: sweepMs, graceMs: graceRecasts * recastMs });
    const engine = new Engine(database, plans, {
      config,
      logger,
      canDeclareOverdue: (clock) => overdueGuard.canDeclareOverdue(clock),
      jumps: () => overdueGuard.jumps,
    });
    return {
      module: ComputeModule,
      controllers: [ComputeHandlers],
      providers: [
        { provide: Engine, useValue: engine },
        {
          provide: Sweep,
          useFactory: () => new Sweep(database, { engine, logger, overdueGuard, everyMs: sweepMs }),
        },
      ],
    };
  }
}
