// What power alone reads and writes: its commands and readings, and its shares of the nodes.
export {
  claimPowerCommand,
  receivePowerCommand,
  type ClaimedPowerCommand,
  type Firmware,
  type NewPowerCommand,
  type PowerClaim,
  type PowerClaimed,
  type PowerHolder,
  type ReceivedPowerCommand,
} from './power-commands.js';
export { movePowerDeadlines } from './power-deadlines.js';
export { endPowerCommand, type PowerEnd, type PowerEnded } from './end-power-command.js';
export { refusePowerCommand } from './power-refusals.js';
export {
  holdPowerCommand,
  releasePowerCommand,
  renewPowerCommands,
  type PowerHold,
} from './held-power-commands.js';
export {
  findNodeToRead,
  nodesOfBuckets,
  unreachedNodes,
  offerPowerReadings,
  type NodeToRead,
  type OfferedReading,
  type PowerReading,
} from './power-readings.js';
export type { PowerStanding } from './power-command-states.js';
export { holdShares, leaveGroup, type Group } from './shares.js';
