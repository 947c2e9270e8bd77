// Addresses and ports: the api has those of users, compute those of servers.
export { byCard, cardOfPort } from './port-order.js';
export { canDeploy, networksOf, onlyNetwork } from './networks.js';
export {
  allocatePort,
  allocatePorts,
  newPortMac,
  portColumns,
  requireFreeAddress,
  requireFreePort,
  type PortRequest,
} from './ports.js';
export {
  activatePorts,
  plugServer,
  releasePorts,
  releaseReservedPorts,
  reservePorts,
  unplugNode,
  type PluggedServer,
  type PortWish,
} from './server-ports.js';
