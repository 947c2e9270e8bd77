import { Module, type DynamicModule } from '@nestjs/common';
import { BootHandlers } from './boot.handlers.js';
import { Preparation } from './preparation.js';

@Module({})
export class BootModule {
  static register(preparation: Preparation): DynamicModule {
    return {
      module: BootModule,
      controllers: [BootHandlers],
      providers: [{ provide: Preparation, useValue: preparation }],
    };
  }
}
