import { Inject } from '@nestjs/common';
import {
  scheduler,
  type ArgsOf,
  type Handlers,
  type RequestContext,
  type ResultOf,
} from '@metalcast/contracts';
import { RpcController } from '@metalcast/rpc';
import { Explain } from './explain/explain-service.js';
import { RunInstances } from './claim/run-instances.js';
import { SelectDestinations } from './select/select-destinations.js';

@RpcController(scheduler)
export class SchedulerHandlers implements Handlers<typeof scheduler> {
  constructor(
    @Inject(RunInstances) private readonly runs: RunInstances,
    @Inject(SelectDestinations) private readonly destinations: SelectDestinations,
    @Inject(Explain) private readonly explanations: Explain,
  ) {}

  async runInstance(
    args: ArgsOf<typeof scheduler, 'runInstance'>,
    ctx: RequestContext,
  ): Promise<void> {
    await this.runs.run(args, ctx);
  }

  async selectDestinations(
    args: ArgsOf<typeof scheduler, 'selectDestinations'>,
  ): Promise<ResultOf<typeof scheduler, 'selectDestinations'>> {
    return this.destinations.select(args);
  }

  async explain(
    args: ArgsOf<typeof scheduler, 'explain'>,
  ): Promise<ResultOf<typeof scheduler, 'explain'>> {
    return this.explanations.explain(args);
  }
}
