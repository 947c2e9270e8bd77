import {
  deployHelper,
  type ArgsOf,
  type Handlers,
  type RequestContext,
} from '@metalcast/contracts';
import { RpcController } from '@metalcast/rpc';
import { Inject } from '@nestjs/common';
import { DeploymentCommands } from './deployment/commands.js';

@RpcController(deployHelper)
export class DeployHelperHandlers implements Handlers<typeof deployHelper> {
  constructor(@Inject(DeploymentCommands) private readonly commands: DeploymentCommands) {}

  deploy(args: ArgsOf<typeof deployHelper, 'deploy'>, ctx: RequestContext): Promise<void> {
    return this.commands.deploy(args, ctx);
  }

  restart(args: ArgsOf<typeof deployHelper, 'restart'>): Promise<void> {
    return this.commands.restart(args);
  }

  look(args: ArgsOf<typeof deployHelper, 'look'>): Promise<void> {
    return this.commands.look(args);
  }
}
