import { Module } from '@nestjs/common';
import { Collections } from './collections/collections.js';
import { ExtensionsController } from './extensions/extensions.controller.js';
import { NetworksController } from './networks/networks.controller.js';
import { PortsController } from './ports/ports.controller.js';
import { SubnetsController } from './subnets/subnets.controller.js';

/** The built-in network API under /network/v2.0, for installations without Neutron. */
@Module({
  controllers: [NetworksController, SubnetsController, PortsController, ExtensionsController],
  providers: [Collections],
})
export class NetworkModule {}
