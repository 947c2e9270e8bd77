// What boot alone reads and writes: boots and their milestones, the provisioning network.
export { recordMilestones, type LateMark, type SeenMarks } from './boot-milestones.js';
export {
  countDeployScript,
  recordPrepared,
  recordSignOfLife,
  storeTokenHash,
  type BootWritten,
} from './boot-writes.js';
export {
  bootOfInstance,
  bootsByMac,
  bootToPrepare,
  type BootMark,
  type BootToPrepare,
  type NodeBoot,
} from './boots.js';
export {
  bootPorts,
  provisioningSubnet,
  type BootPort,
  type ProvisioningSite,
  type ProvisioningSubnet,
} from './provisioning.js';
