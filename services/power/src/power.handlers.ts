import {
  power,
  type ArgsOf,
  type Handlers,
  type RequestContext,
  type ResultOf,
} from '@metalcast/contracts';
import { RpcController } from '@metalcast/rpc';
import { Inject } from '@nestjs/common';
import { PowerCommands } from './commands/receive.js';
import { PowerObserver } from './sync/observe.js';

@RpcController(power)
export class PowerHandlers implements Handlers<typeof power> {
  constructor(
    @Inject(PowerCommands) private readonly commands: PowerCommands,
    @Inject(PowerObserver) private readonly observer: PowerObserver,
  ) {}

  set(args: ArgsOf<typeof power, 'set'>, ctx: RequestContext): Promise<void> {
    return this.commands.receive(args, ctx);
  }

  async get({ node }: ArgsOf<typeof power, 'get'>): Promise<ResultOf<typeof power, 'get'>> {
    return { power: await this.observer.get(node) };
  }
}
