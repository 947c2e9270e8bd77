import { CloudError, type Session } from '@metalcast/cloud-client';
import type { RackNode } from '../rack/node.js';

export const flavorId = 'lab';

const swapMb = 64;

/** Creates a flavor that fits the rack's machines. Idempotent. */
export async function ensureFlavor(
  session: Session,
  { memoryMb, diskGb }: RackNode,
): Promise<void> {
  const flavor = {
    id: flavorId,
    name: 'lab.node',
    ram: memoryMb,
    vcpus: 1,
    disk: diskGb - 1,
    swap: swapMb,
  };
  try {
    await session.request({ api: 'compute', method: 'POST', path: '/flavors', body: { flavor } });
  } catch (error) {
    if (!(error instanceof CloudError && error.status === 409)) {
      throw error;
    }
  }
}
