import { Module, type DynamicModule } from '@nestjs/common';
import { DeploymentCommands } from './deployment/commands.js';
import { DeployHelperHandlers } from './deploy-helper.handlers.js';

@Module({})
export class DeployHelperModule {
  static register(commands: DeploymentCommands): DynamicModule {
    return {
      module: DeployHelperModule,
      controllers: [DeployHelperHandlers],
      providers: [{ provide: DeploymentCommands, useValue: commands }],
    };
  }
}
