import {
  allocatePort,
  onlyNetwork,
  plugPort,
  releasePorts,
  releaseReservedPorts,
  reservePorts,
  type Interface,
  type Port,
} from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import type { Turn } from '../engine/step.js';
import { instanceOf, nodeOf } from '../steps/rows.js';
import type { VifDriver } from './vif-driver.js';

/** `instances.requested_networks`, as the api stored it. */
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

type Wish = { uuid?: string | undefined; port?: string | undefined; fixed_ip?: string | undefined };

/** One flat network: the wire on which nodes are provisioned is the one on which servers live. */
export const flat: VifDriver = {
  async plug(turn) {
    const wishes = await wishesOf(turn);
    const interfaces = await turn.sql.interface.findMany({
      where: { nodeId: nodeOf(turn).id },
      orderBy: [{ pxe: 'desc' }, { id: 'asc' }],
    });
    for (const [index, wish] of wishes.entries()) {
      const nic = interfaces[index];
      if (nic === undefined) {
        throw new Fault('NETWORK_EXHAUSTED', {
          reason: `The server asks for ${String(wishes.length)} networks, node ${nodeOf(turn).uuid} has ${String(interfaces.length)} network interfaces.`,
        });
      }
      const port = await portFor(turn, wish, nic);
      await turn.sql.interface.update({ where: { id: nic.id }, data: { vifUuid: port.id } });
    }
  },

  async unplug(turn) {
    await clearInterfaces(turn);
    if (turn.instance !== undefined) {
      await releasePorts(turn.sql, { deviceId: turn.instance.uuid });
    }
  },

  async reserve(turn) {
    await clearInterfaces(turn);
    await reservePorts(turn.sql, { deviceId: instanceOf(turn).uuid, nodeId: nodeOf(turn).id });
  },

  async free(turn) {
    await releaseReservedPorts(turn.sql, { nodeId: nodeOf(turn).id });
  },
};

/** What was asked for; `auto` is the one network that the server's project sees. */
async function wishesOf(turn: Turn): Promise<readonly Wish[]> {
  const { projectId, requestedNetworks: wishes } = instanceOf(turn);
  const requested = requestedNetworks.parse(wishes);
  return requested === 'auto' ? [{ uuid: (await onlyNetwork(turn.sql, projectId)).id }] : requested;
}

async function portFor(turn: Turn, wish: Wish, nic: Interface): Promise<Port> {
  const { uuid: deviceId, projectId, host } = instanceOf(turn);
  const deviceOwner = `compute:${host ?? 'none'}`;
  const mac = nic.address;
  if (wish.port !== undefined) {
    return plugPort(turn.sql, { portId: wish.port, projectId, mac, deviceId, deviceOwner });
  }
  if (wish.uuid === undefined) {
    throw new Fault('BAD_REQUEST', { reason: 'A requested network needs a uuid or a port.' });
  }
  return allocatePort(turn.sql, {
    networkId: wish.uuid,
    mac,
    fixedIp: wish.fixed_ip,
    projectId,
    deviceId,
    deviceOwner,
    ownedByServer: true,
  });
}

async function clearInterfaces(turn: Turn): Promise<void> {
  if (turn.node !== undefined) {
    await turn.sql.interface.updateMany({
      where: { nodeId: turn.node.id },
      data: { vifUuid: null },
    });
  }
}
