import { Module } from '@nestjs/common';
import { NodesModule } from '../nodes/nodes.module.js';
import { PlacementModule } from '../placement/placement.module.js';
import { AggregatesController } from './aggregates/aggregates.controller.js';
import { Aggregates } from './aggregates/aggregates.js';
import { AvailabilityZonesController } from './availability-zones/availability-zones.controller.js';
import { BaremetalNodesController } from './baremetal-nodes/baremetal-nodes.controller.js';
import { ExtensionsController } from './extensions/extensions.controller.js';
import { FlavorAccessController } from './flavors/flavor-access.controller.js';
import { FlavorAccess } from './flavors/flavor-access.js';
import { FlavorsController } from './flavors/flavors.controller.js';
import { Flavors } from './flavors/flavors.js';
import { HostsController } from './hosts/hosts.controller.js';
import { HypervisorsController } from './hypervisors/hypervisors.controller.js';
import { Hypervisors } from './hypervisors/hypervisors.js';
import { InstanceActionsController } from './instance-actions/instance-actions.controller.js';
import { KeyPairsController } from './keypairs/keypairs.controller.js';
import { LimitsController } from './limits/limits.controller.js';
import { QuotasController } from './quotas/quotas.controller.js';
import { SecurityGroupsController } from './security-groups/security-groups.controller.js';
import { ServerGroupsController } from './server-groups/server-groups.controller.js';
import { ServerGroups } from './server-groups/server-groups.js';
import { CreateServers } from './servers/create/create-server.js';
import { RequestResolver } from './servers/create/request-resolver.js';
import { ServerActionsController } from './servers/server-actions.controller.js';
import { ServersController } from './servers/servers.controller.js';
import { Servers } from './servers/servers.js';
import { ServiceSwitch } from './services/service-switch.js';
import { ServicesController } from './services/services.controller.js';
import { UsageController } from './usage/usage.controller.js';
import { Usage } from './usage/usage.js';

/** The compute API under /compute/v2.1. */
@Module({
  imports: [NodesModule, PlacementModule],
  controllers: [
    AggregatesController,
    AvailabilityZonesController,
    BaremetalNodesController,
    FlavorAccessController,
    FlavorsController,
    HostsController,
    HypervisorsController,
    InstanceActionsController,
    KeyPairsController,
    ExtensionsController,
    LimitsController,
    QuotasController,
    SecurityGroupsController,
    ServerActionsController,
    ServerGroupsController,
    ServersController,
    ServicesController,
    UsageController,
  ],
  providers: [
    Aggregates,
    CreateServers,
    FlavorAccess,
    Flavors,
    Hypervisors,
    RequestResolver,
    ServerGroups,
    Servers,
    ServiceSwitch,
    Usage,
  ],
})
export class ComputeModule {}
