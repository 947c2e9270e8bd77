import {
  plugServer,
  releasePorts,
  releaseReservedPorts,
  reservePorts,
  unplugNode,
  type PortWish,
} from '@metalcast/db/network';
import { z } from 'zod';
import type { Turn } from '../engine/turn.js';
import type { VifDriver } from './vif-driver.js';

/** `instances.requested_networks`, as stored by the api. */
const requestedNetworks = z.union([
  z.literal('auto'),
  z.array(
    z.object({
      uuid: z.uuid().optional(),
      port: z.uuid().optional(),
      fixed_ip: z.string().optional(),
    }),
  ),
]);

/** One flat network: nodes are provisioned on the same network on which servers live. */
export const flat: VifDriver = {
  async plug(turn) {
    const { uuid: deviceId, projectId, host } = turn.requireInstance();
    const deviceOwner = `compute:${host ?? 'none'}`;
    const node = turn.requireNode();
    await plugServer(turn.sql, { deviceId, projectId, deviceOwner, node }, wishesOf(turn));
  },

  async unplug(turn) {
    await clearInterfaces(turn);
    if (turn.instance !== undefined) {
      await releasePorts(turn.sql, { deviceId: turn.instance.uuid });
    }
  },

  async reserve(turn) {
    await clearInterfaces(turn);
    const { uuid: deviceId } = turn.requireInstance();
    await reservePorts(turn.sql, { deviceId, nodeId: turn.requireNode().id });
  },

  async free(turn) {
    await releaseReservedPorts(turn.sql, { nodeId: turn.requireNode().id });
  },
};

function wishesOf(turn: Turn): readonly PortWish[] | 'auto' {
  const requested = requestedNetworks.parse(turn.requireInstance().requestedNetworks);
  return requested === 'auto'
    ? 'auto'
    : requested.map(({ uuid: network, port, fixed_ip: fixedIp }) => ({ network, port, fixedIp }));
}

async function clearInterfaces(turn: Turn): Promise<void> {
  if (turn.node !== undefined) {
    await unplugNode(turn.sql, turn.node.id);
  }
}
