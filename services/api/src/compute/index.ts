import { ModelDatabase } from '@metalcast/db/models';
import { Sealer } from '@metalcast/keys';
import type { ApiConfig, ApiKeys } from '../config.js';
import { API_CONFIG, API_KEYS, type ApiPart } from '../http/api-part.js';
import { Enrolments } from '../nodes/enrolments.js';
import { NodeChanges } from '../nodes/node-changes.js';
import { NodeRemovals } from '../nodes/node-removals.js';
import { Nodes } from '../nodes/nodes.js';
import { AggregatesController } from './aggregates/aggregates.controller.js';
import { Aggregates } from './aggregates/aggregates.js';
import { BaremetalNodesController } from './baremetal-nodes/baremetal-nodes.controller.js';
import { AvailabilityZonesController } from './availability-zones/availability-zones.controller.js';
import { LimitsController } from './limits/limits.controller.js';
import { FlavorsController } from './flavors/flavors.controller.js';
import { Flavors } from './flavors/flavors.js';
import { HypervisorsController } from './hypervisors/hypervisors.controller.js';
import { Hypervisors } from './hypervisors/hypervisors.js';
import { KeyPairsController } from './keypairs/keypairs.controller.js';
import { InstanceActionsController } from './instance-actions/instance-actions.controller.js';
import { ServerGroupsController } from './server-groups/server-groups.controller.js';
import { ServerGroups } from './server-groups/server-groups.js';
import { BootImages } from '../placement/boot-images.js';
import { CreateServers } from './servers/create/create-server.js';
import { Placements } from '../placement/placements.js';
import { ServerActionsController } from './servers/server-actions.controller.js';
import { ServersController } from './servers/servers.controller.js';
import { Servers } from './servers/servers.js';
import { ServicesController } from './services/services.controller.js';

/** The compute API under /compute/v2.1. */
export const computeApi: ApiPart = {
  controllers: [
    AggregatesController,
    AvailabilityZonesController,
    BaremetalNodesController,
    FlavorsController,
    HypervisorsController,
    InstanceActionsController,
    KeyPairsController,
    LimitsController,
    ServerActionsController,
    ServerGroupsController,
    ServersController,
    ServicesController,
  ],
  providers: [
    {
      provide: Nodes,
      inject: [ModelDatabase],
      useFactory: (database: ModelDatabase) => new Nodes(database),
    },
    {
      provide: NodeChanges,
      inject: [ModelDatabase, API_KEYS],
      useFactory: (database: ModelDatabase, { bmcPublic }: ApiKeys) =>
        new NodeChanges(database, new Sealer(bmcPublic)),
    },
    {
      provide: NodeRemovals,
      inject: [ModelDatabase],
      useFactory: (database: ModelDatabase) => new NodeRemovals(database),
    },
    {
      provide: Enrolments,
      inject: [ModelDatabase, API_KEYS],
      useFactory: (database: ModelDatabase, { bmcPublic }: ApiKeys) =>
        new Enrolments(database, new Sealer(bmcPublic)),
    },
    {
      provide: Hypervisors,
      inject: [ModelDatabase, Nodes],
      useFactory: (database: ModelDatabase, nodes: Nodes) => new Hypervisors(database, nodes),
    },
    {
      provide: Aggregates,
      inject: [ModelDatabase],
      useFactory: (database: ModelDatabase) => new Aggregates(database),
    },
    {
      provide: Flavors,
      inject: [ModelDatabase],
      useFactory: (database: ModelDatabase) => new Flavors(database),
    },
    {
      provide: BootImages,
      inject: [ModelDatabase],
      useFactory: (database: ModelDatabase) => new BootImages(database),
    },
    {
      provide: CreateServers,
      inject: [ModelDatabase, API_KEYS, Flavors, BootImages, Placements, API_CONFIG],
      useFactory: (
        ...[database, keys, flavors, images, placements, config]: [
          ModelDatabase,
          ApiKeys,
          Flavors,
          BootImages,
          Placements,
          ApiConfig,
        ]
      ): CreateServers => {
        const { multiInstanceDisplayNameTemplate: nameTemplate, maxServersPerRequest: maxServers } =
          config;
        const names = { nameTemplate, maxServers };
        const secrets = new Sealer(keys.instancePublic);
        return new CreateServers({ database, secrets, flavors, images, placements, ...names });
      },
    },
    {
      provide: Placements,
      inject: [ModelDatabase, Nodes],
      useFactory: (database: ModelDatabase, nodes: Nodes) => new Placements(database, nodes),
    },
    {
      provide: ServerGroups,
      inject: [ModelDatabase, API_CONFIG],
      useFactory: (database: ModelDatabase, config: ApiConfig) =>
        new ServerGroups(database, config),
    },
    {
      provide: Servers,
      inject: [ModelDatabase, API_CONFIG],
      useFactory: (database: ModelDatabase, config: ApiConfig) => new Servers(database, config),
    },
  ],
};
