// Statements of the api alone: requests for servers, enrolled nodes, pages of lists.
export {
  findTaken,
  insertNodes,
  type NewInterface,
  type NewNode,
  type NodeClaims,
  type TakenClaims,
} from './enrolments.js';
export { moveInstance } from './instance-moves.js';
export { milestonesOfOperations } from './milestones.js';
export { insertBuilds, type CommonColumns, type NewBuilds, type OwnColumns } from './new-builds.js';
export {
  changeNodes,
  givers,
  lockNodes,
  removeNodes,
  type LockedNode,
  type NodePatch,
} from './node-changes.js';
export {
  baremetalNodes,
  findPowerCommand,
  findShownNode,
  findShownNodes,
  hypervisorNodes,
  nodeKeyOf,
  shownNodes,
  type BaremetalNode,
  type HypervisorNode,
  type NodeList,
  type ShownInterface,
  type ShownNode,
  type ShownPowerCommand,
} from './node-lists.js';
export {
  clockPlus,
  insertOperation,
  isUnplaced,
  lockLiveOperation,
  lockOperation,
  requestDelete,
  type Requester,
} from './operations.js';
export { inPages, markerMissing, readPage, type ListedTable, type PageRequest } from './pages.js';
export {
  findNodeToSwitch,
  requestPower,
  type NodeKey,
  type NodeToSwitch,
} from './power-requests.js';
export { requestAction } from './request-action.js';
export { servicesPage } from './services-page.js';
