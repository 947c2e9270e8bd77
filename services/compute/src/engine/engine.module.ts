import { Inject, Module } from '@nestjs/common';
import { OverdueGuard, SERVICE } from '@metalcast/service';
import type { ComputeContext } from '../config.js';
import { LoopModule } from '../loop-module.js';
import { plans } from '../operations/index.js';
import { Engine } from './advance.js';
import { Sweep } from './sweep.js';

/** After its own start or absence compute repeats a message so often before it reports another service as lost. */
const graceRecasts = 3;

/** What moves operations on: at messages, and by a regular sweep. */
@Module({
  providers: [
    { provide: OverdueGuard, inject: [SERVICE], useFactory: overdueGuardOf },
    { provide: Engine, inject: [SERVICE, OverdueGuard], useFactory: engineOf },
    { provide: Sweep, inject: [SERVICE, OverdueGuard, Engine], useFactory: sweepOf },
  ],
  exports: [Engine],
})
export class EngineModule extends LoopModule {
  constructor(@Inject(Sweep) sweep: Sweep) {
    super(sweep);
  }
}

function overdueGuardOf({ config: { sweepMs, recastMs } }: ComputeContext): OverdueGuard {
  return new OverdueGuard({ everyMs: sweepMs, graceMs: graceRecasts * recastMs });
}

function engineOf({ database, config, logger }: ComputeContext, guard: OverdueGuard): Engine {
  const canDeclareOverdue: OverdueGuard['canDeclareOverdue'] = (clock) =>
    guard.canDeclareOverdue(clock);
  const jumps = (): OverdueGuard['jumps'] => guard.jumps;
  return new Engine(database, plans, { config, logger, canDeclareOverdue, jumps });
}

function sweepOf(
  { database, logger, config: { sweepMs: everyMs } }: ComputeContext,
  overdueGuard: OverdueGuard,
  engine: Engine,
): Sweep {
  return new Sweep(database, { engine, logger, overdueGuard, everyMs });
}
