import { Module } from '@nestjs/common';
import { Sealer } from '@metalcast/keys';
import { SERVICE } from '@metalcast/service';
import { PlaceInstance } from './claim/place-instance.js';
import { RunInstances } from './claim/run-instances.js';
import { settingsOf, type SchedulerContext } from './config.js';
import { Explain } from './explain/explain-service.js';
import { filtersByName } from './filters/index.js';
import { FleetKeeper } from './fleet/fleet-keeper.js';
import { FleetModule } from './fleet/fleet.module.js';
import { Fleet } from './fleet/fleet.js';
import { SchedulerHandlers } from './scheduler.handlers.js';
import type { Placement } from './select/placement.js';
import { SelectDestinations } from './select/select-destinations.js';
import { Selector } from './select/selector.js';
import { weighersWith } from './weighers/index.js';

/** Token of the `Placement`. */
const PLACEMENT = Symbol('placement');

@Module({
  imports: [FleetModule],
  controllers: [SchedulerHandlers],
  providers: [
    { provide: PLACEMENT, inject: [SERVICE, Fleet, FleetKeeper], useFactory: placementOf },
    { provide: RunInstances, inject: [SERVICE, PLACEMENT], useFactory: runInstancesOf },
    {
      provide: SelectDestinations,
      inject: [SERVICE, PLACEMENT],
      useFactory: ({ database, config }: SchedulerContext, placement: Placement) =>
        new SelectDestinations(database, placement, settingsOf(config)),
    },
    {
      provide: Explain,
      inject: [SERVICE, PLACEMENT],
      useFactory: ({ database }: SchedulerContext, placement: Placement) =>
        new Explain(database, placement),
    },
  ],
})
export class SchedulerModule {}

function placementOf({ config }: SchedulerContext, fleet: Fleet, keeper: FleetKeeper): Placement {
  const settings = settingsOf(config);
  const policy = {
    filters: filtersByName(config.filters),
    weighers: weighersWith(config.weighers),
  };
  const selector = new Selector(fleet, policy, () => ({
    settings,
    fleet,
    problems: keeper.problems,
    now: Date.now(),
  }));
  return { fleet, keeper, selector };
}

function runInstancesOf(
  { database, keys, logger, config }: SchedulerContext,
  placement: Placement,
): RunInstances {
  const place = new PlaceInstance(database, placement, logger, config);
  return new RunInstances(database, new Sealer(keys.instancePublic), place);
}
