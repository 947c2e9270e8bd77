import { ipBatch } from '../../rack/inside.js';
import type { SimulatedNetwork } from './simulated-network.js';

/**
 * Makes every address that a node may be given one of the namespace's own, so that nodes can speak from theirs.
 * By routes, for as addresses of the interface dnsmasq would take them for its own.
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
