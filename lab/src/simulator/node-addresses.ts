import { ipBatch } from '../rack/inside.js';

/** Of the provisioning network's pool, which all lies in them. */
const ranges = ['10.77.0.96/27', '10.77.0.128/25'];

/**
 * Makes every address that a node may be given one of the namespace's own, so that nodes can speak from theirs.
 * By routes, for as addresses of the interface dnsmasq would take them for its own.
 */
export async function openNodeAddresses(namespace: string): Promise<void> {
  await ipBatch(
    namespace,
    ranges.map((range) => `route replace local ${range} dev lo`),
  );
}
