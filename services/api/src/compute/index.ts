import { Database, Secrets } from '@metalcast/db';
import type { ApiConfig } from '../config.js';
import { API_CONFIG, type ApiPart } from '../http/api-part.js';
import { Enrolments } from '../nodes/enrolments.js';
import { NodeChanges } from '../nodes/node-changes.js';
import { NodeRemovals } from '../nodes/node-removals.js';
import { Nodes } from '../nodes/nodes.js';
import { AggregatesController } from './aggregates/aggregates.controller.js';
import { Aggregates } from './aggregates/aggregates.js';
import { BaremetalNodesController } from './baremetal-nodes/baremetal-nodes.controller.js';
import { AvailabilityZonesController } from './cloud/availability-zones.controller.js';
import { LimitsController } from './cloud/limits.controller.js';
import { FlavorsController } from './flavors/flavors.controller.js';
import { Flavors } from './flavors/flavors.js';
import { HypervisorsController } from './hypervisors/hypervisors.controller.js';
import { Hypervisors } from './hypervisors/hypervisors.js';
import { KeyPairsController } from './keypairs/keypairs.controller.js';
import { InstanceActionsController } from './servers/actions.controller.js';
import { ServerGroupsController } from './server-groups/server-groups.controller.js';
import { ServerGroups } from './server-groups/server-groups.js';
import { BootImages } from './servers/boot-images.js';
import { CreateServers } from './servers/create-server.js';
import { Placements } from './servers/placements.js';
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
      inject: [Database],
      useFactory: (database: Database) => new Nodes(database),
    },
    {
      provide: NodeChanges,
      inject: [Database, Secrets],
      useFactory: (database: Database, secrets: Secrets) => new NodeChanges(database, secrets),
    },
    {
      provide: NodeRemovals,
      inject: [Database],
      useFactory: (database: Database) => new NodeRemovals(database),
    },
    {
      provide: Enrolments,
      inject: [Database, Secrets],
      useFactory: (database: Database, secrets: Secrets) => new Enrolments(database, secrets),
    },
    {
      provide: Hypervisors,
      inject: [Database, Nodes],
      useFactory: (database: Database, nodes: Nodes) => new Hypervisors(database, nodes),
    },
    {
      provide: Aggregates,
      inject: [Database],
      useFactory: (database: Database) => new Aggregates(database),
    },
    {
      provide: Flavors,
      inject: [Database],
      useFactory: (database: Database) => new Flavors(database),
    },
    {
      provide: BootImages,
      inject: [Database],
      useFactory: (database: Database) => new BootImages(database),
    },
    {
      provide: CreateServers,
      inject: [Database, Secrets, Flavors, BootImages, Placements, API_CONFIG],
      useFactory: (
        ...[database, secrets, flavors, images, placements, config]: [
          Database,
          Secrets,
          Flavors,
          BootImages,
          Placements,
          ApiConfig,
        ]
      ): CreateServers => {
        const { multiInstanceDisplayNameTemplate: nameTemplate, maxServersPerRequest: maxServers } =
          config;
        const names = { nameTemplate, maxServers };
        return new CreateServers({ database, secrets, flavors, images, placements, ...names });
      },
    },
    {
      provide: Placements,
      inject: [Database, Nodes],
      useFactory: (database: Database, nodes: Nodes) => new Placements(database, nodes),
    },
    {
      provide: ServerGroups,
      inject: [Database, API_CONFIG],
      useFactory: (database: Database, config: ApiConfig) => new ServerGroups(database, config),
    },
    {
      provide: Servers,
      inject: [Database, API_CONFIG],
      useFactory: (database: Database, config: ApiConfig) => new Servers(database, config),
    },
  ],
};
