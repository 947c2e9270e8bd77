import { boot, type ArgsOf, type Handlers, type RequestContext } from '@metalcast/contracts';
import { RpcController } from '@metalcast/rpc';
import { Inject } from '@nestjs/common';
import { Preparation } from './preparation.js';

@RpcController(boot)
export class BootHandlers implements Handlers<typeof boot> {
  constructor(@Inject(Preparation) private readonly preparation: Preparation) {}

  prepare(args: ArgsOf<typeof boot, 'prepare'>, ctx: RequestContext): Promise<void> {
    return this.preparation.prepare(args, ctx);
  }
}
