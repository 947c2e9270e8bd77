import { provisioning, type ProvisioningNetwork } from '../../rack/network.js';

/** The provisioning network of simulated nodes: as large as their number needs. */
export interface SimulatedNetwork extends ProvisioningNetwork {
  /** All addresses of the pool, and no other. */
  readonly poolRanges: readonly string[];
}

/** A node that was left behind keeps its address, and its server gets another. */
const spare = 100;
const ofBlock = 256;
/** The first block has the services' address, the last one the broadcast's. */
const mostBlocks = 254;

/** For so many nodes; throws when there are more than addresses. */
export function simulatedNetwork(nodes: number): SimulatedNetwork {
  const blocks = Math.ceil((nodes + spare) / ofBlock);
  if (blocks > mostBlocks) {
    throw new Error(
      `the simulated network has ${mostBlocks * ofBlock - spare} addresses for nodes`,
    );
  }
  return {
    ...provisioning,
    prefix: 16,
    cidr: '10.77.0.0/16',
    broadcast: '10.77.255.255',
    pool: { start: '10.77.1.0', end: `10.77.${blocks}.255` },
    poolRanges: Array.from({ length: blocks }, (_, index) => `10.77.${index + 1}.0/24`),
  };
}
