import { Module, type DynamicModule } from '@nestjs/common';
import { Sealer } from '@metalcast/keys';
import type { ServiceContext } from '@metalcast/service';
import { PlaceInstance } from './claim/place-instance.js';
import { RunInstances } from './claim/run-instances.js';
import { settingsOf, type options } from './config.js';
import { Explain } from './explain/explain-service.js';
import { filtersByName } from './filters/index.js';
import { SchedulerHandlers } from './scheduler.handlers.js';
import type { Placement } from './select/placement.js';
import { SelectDestinations } from './select/select-destinations.js';
import { Selector } from './select/selector.js';
import { weighersWith } from './weighers/index.js';

@Module({})
export class SchedulerModule {
  static register(
    { database, keys, logger, config }: ServiceContext<typeof options>,
    { fleet, keeper }: Omit<Placement, 'selector'>,
  ): DynamicModule {
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
    const placement = { fleet, keeper, selector };
    const secrets = new Sealer(keys.instancePublic);
    const place = new PlaceInstance(database, placement, logger, config);
    return {
      module: SchedulerModule,
      controllers: [SchedulerHandlers],
      providers: [
        { provide: RunInstances, useValue: new RunInstances(database, secrets, place) },
        {
          provide: SelectDestinations,
          useValue: new SelectDestinations(database, placement, settings),
        },
        { provide: Explain, useValue: new Explain(database, placement) },
      ],
    };
  }
}
