import { Module, type DynamicModule } from '@nestjs/common';
import { ComputeModule } from './compute/compute.module.js';
import type { ApiContext } from './config.js';
import { ContextModule } from './context/context.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { ImageModule } from './image/image.module.js';
import { MetalcastModule } from './metalcast/metalcast.module.js';
import { NetworkModule } from './network/network.module.js';
import { OpenApiModule } from './openapi/openapi.module.js';
import { VersionsModule } from './versions/versions.module.js';

/** All APIs of the one port. Nest stops modules in the reverse order: uploads end before the password threads. */
@Module({})
export class ApiModule {
  static register(context: ApiContext): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ContextModule.register(context),
        IdentityModule,
        ImageModule,
        NetworkModule,
        ComputeModule,
        MetalcastModule,
        VersionsModule,
        OpenApiModule,
      ],
    };
  }
}
