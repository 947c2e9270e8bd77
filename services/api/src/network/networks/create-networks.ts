import { randomUUID } from 'node:crypto';
import type { Network } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import type { Caller } from '../../http/access/caller.js';
import { ownerOf } from './network-access.js';
import type { NewNetwork } from '../network.schema.js';

/** Makes all networks in their order, or none, in one statement. Fault FORBIDDEN: for another project. */
export const createNetworks = (
  { prisma }: ModelDatabase,
  caller: Caller,
  wanted: readonly NewNetwork[],
): Promise<Network[]> =>
  prisma.network.createManyAndReturn({
    data: wanted.map((network) => ({
      id: randomUUID(),
      name: network.name,
      description: network.description,
      projectId: ownerOf(caller, network),
      shared: network.shared,
      adminStateUp: network.admin_state_up,
      mtu: network.mtu,
    })),
  });
