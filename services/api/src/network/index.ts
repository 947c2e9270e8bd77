import { ModelDatabase } from '@metalcast/db/models';
import type { ApiPart } from '../http/api-part.js';
import { Paging } from '../http/answers/paging.js';
import { Collections } from './collections/collections.js';
import { ExtensionsController } from './extensions/extensions.controller.js';
import { NetworksController } from './networks/networks.controller.js';
import { PortsController } from './ports/ports.controller.js';
import { SubnetsController } from './subnets/subnets.controller.js';

/** The built-in network API under /network/v2.0: it stands in where there is no Neutron. */
export const networkApi: ApiPart = {
  controllers: [NetworksController, SubnetsController, PortsController, ExtensionsController],
  providers: [
    {
      provide: Collections,
      inject: [ModelDatabase, Paging],
      useFactory: (database: ModelDatabase, paging: Paging) => new Collections(database, paging),
    },
  ],
};
