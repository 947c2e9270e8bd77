import { ipBatch } from '../../rack/inside.js';
import type { SimulatedNetwork } from './simulated-network.js';

/**
 * Makes all addresses of the pool local to the namespace, so that simulated nodes can send from them. Uses routes,
 * because dnsmasq would treat addresses of the interface as its own.
 */
export async function openNodeAddresses(
  namespace: string,
  { poolRanges }: SimulatedNetwork,
): Promise<void> {
  await ipBatch(
    namespace,
    poolRanges.map((range) => `route replace local ${range} dev lo`),
  );
}
