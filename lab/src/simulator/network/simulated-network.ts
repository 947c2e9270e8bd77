import { provisioning, type ProvisioningNetwork } from '../../rack/network.js';

/** The provisioning network of simulated nodes, sized for their number. */
export interface SimulatedNetwork extends ProvisioningNetwork {
  /** All addresses of the pool, and no others. */
  readonly poolRanges: readonly string[];
}

/** Spare addresses: an abandoned node keeps its address while its server gets another. */
const spare = 100;
const ofBlock = 256;
/** Without the first block, which has the services' address, and the last one, which has the broadcast address. */
const mostBlocks = 254;

/** The network for this number of nodes. Throws when there are not enough addresses. */
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
