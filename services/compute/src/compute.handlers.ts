import { Inject } from '@nestjs/common';
import { compute, type ArgsOf, type Handlers } from '@metalcast/contracts';
import { RpcController } from '@metalcast/rpc';
import { Engine } from './engine/advance.js';

@RpcController(compute)
export class ComputeHandlers implements Handlers<typeof compute> {
  constructor(@Inject(Engine) private readonly engine: Engine) {}

  runInstance({ instance }: ArgsOf<typeof compute, 'runInstance'>): Promise<void> {
    return this.engine.advance({ instance: instance.uuid });
  }

  terminateInstance({ instance }: ArgsOf<typeof compute, 'terminateInstance'>): Promise<void> {
    return this.engine.advance({ instance: instance.uuid });
  }

  advance({ operation_id: id }: ArgsOf<typeof compute, 'advance'>): Promise<void> {
    return this.engine.advance({ operation: id });
  }
}
