// Rules for expired rows in the tables of all services; compute's sweep applies them.
import { pastBoots } from './rules/boots.js';
import { pastDeployments } from './rules/deployments.js';
import { oldEvents } from './rules/events.js';
import { pastLeases } from './rules/leases.js';
import { deletedNodes } from './rules/nodes.js';
import { endedOperations } from './rules/operations.js';
import { endedPowerCommands } from './rules/power-commands.js';
import type { RetentionRule } from './retention-rule.js';
import { deletedServers } from './rules/servers.js';
import { goneServices } from './rules/services.js';
import { goneStreams } from './rules/streams.js';

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
