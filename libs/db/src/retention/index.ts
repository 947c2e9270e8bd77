// What has had its time, in the tables of all services: compute's sweep removes it.
import { pastBoots } from './boots.js';
import { pastDeployments } from './deployments.js';
import { oldEvents } from './events.js';
import { pastLeases } from './leases.js';
import { deletedNodes } from './nodes.js';
import { endedOperations } from './operations.js';
import { endedPowerCommands } from './power-commands.js';
import type { RetentionRule } from './retention-rule.js';
import { deletedServers } from './servers.js';
import { goneServices } from './services.js';
import { goneStreams } from './streams.js';

export { removePage, type Kept, type RemovedPage, type RetentionRule } from './retention-rule.js';

/** In the order of a sweep: what hangs on a row goes before it. */
export const retentionRules: readonly RetentionRule[] = [
  oldEvents,
  endedOperations,
  endedPowerCommands,
  pastDeployments,
  pastBoots,
  deletedServers,
  deletedNodes,
  goneServices,
  pastLeases,
  goneStreams,
];
