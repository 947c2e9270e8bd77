import { Inject } from '@nestjs/common';
import { scheduler, type ArgsOf, type Handlers, type RequestContext } from '@metalcast/contracts';
import { RpcController } from '@metalcast/rpc';
import { PlaceInstance } from './place-instance.js';

@RpcController(scheduler)
export class SchedulerHandlers implements Handlers<typeof scheduler> {
  constructor(@Inject(PlaceInstance) private readonly instances: PlaceInstance) {}

  async runInstance(
    args: ArgsOf<typeof scheduler, 'runInstance'>,
    ctx: RequestContext,
  ): Promise<void> {
    for (const uuid of args.request_spec.instance_uuids) {
      await this.instances.place(uuid, ctx);
    }
  }
}
