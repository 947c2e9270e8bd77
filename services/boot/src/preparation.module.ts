import { Module, type DynamicModule } from '@nestjs/common';
import { BootHandlers } from './boot.handlers.js';
import { Preparation } from './preparation.js';

/** The topic, for as long as this process serves the provisioning network. */
@Module({ controllers: [BootHandlers] })
export class PreparationModule {
  static by(preparation: Preparation): DynamicModule {
    return {
      module: PreparationModule,
      providers: [{ provide: Preparation, useValue: preparation }],
    };
  }
}
