import { readFile } from 'node:fs/promises';
import { CloudError, type Session } from '@metalcast/cloud-client';
import { waitFor } from '@metalcast/rig';
import { z } from 'zod';
import type { RackNode } from '../rack/node.js';

/** The lab's ipmi_sim does not answer the request for its cipher suites, so the suite is fixed. */
const cipherSuite = 3;

/** Enrols the rack's machines through the API, under the uuid in their firmware. Idempotent. */
export async function enrolNodes(session: Session, nodes: readonly RackNode[]): Promise<void> {
  for (const node of nodes) {
    if (!(await isEnrolled(session, node))) {
      const body = { node: await enrolment(node) };
      await session.request({ api: 'metalcast', method: 'POST', path: '/nodes', body });
    }
  }
}

const shown = z.object({
  node: z.object({ power: z.object({ reached: z.boolean().optional() }) }),
});

/** Waits until the nodes, by uuid or name, are capacity: their BMCs were reached. An older api does not say so. */
export async function untilReached(session: Session, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await waitFor(
      async () => {
        const answer = await session.request({ api: 'metalcast', path: `/nodes/${key}` });
        return shown.parse(answer).node.power.reached !== false;
      },
      { timeoutMs: 60_000, what: `the first reading of the power of node ${key}` },
    );
  }
}

async function isEnrolled(session: Session, { uuid }: RackNode): Promise<boolean> {
  try {
    await session.request({ api: 'metalcast', path: `/nodes/${uuid}` });
    return true;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) {
      return false;
    }
    throw error;
  }
}

async function enrolment({ uuid, name, memoryMb, diskGb, bmc, macs }: RackNode): Promise<object> {
  return {
    uuid,
    name,
    cpus: 1,
    memory_mb: memoryMb,
    local_gb: diskGb,
    power: {
      driver: 'ipmi',
      address: bmc.address,
      user: bmc.user,
      password: (await readFile(bmc.passwordFile, 'utf8')).trim(),
      options: { port: bmc.port, cipher_suite: cipherSuite },
    },
    interfaces: macs.map((address) => ({ address })),
  };
}
