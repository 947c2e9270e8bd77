import { randomUUID } from 'node:crypto';
import type { Node } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { vmState } from '@metalcast/domain';

export interface NetworkRows {
  readonly networkId: string;
  readonly subnetId: string;
}

export interface Machine {
  readonly node: Node;
  readonly mac: string;
  readonly address: string;
}

/** The provisioning network as the API would have made it. */
export async function addNetwork({ prisma }: ModelDatabase): Promise<NetworkRows> {
  const [networkId, subnetId] = [randomUUID(), randomUUID()];
  await prisma.network.create({ data: { id: networkId, name: 'provisioning', projectId: 'p' } });
  await prisma.subnet.create({
    data: {
      id: subnetId,
      networkId,
      projectId: 'p',
      cidr: '10.88.0.0/24',
      allocationPools: [{ start: '10.88.0.100', end: '10.88.0.200' }],
    },
  });
  return { networkId, subnetId };
}

/** A node claimed for a server, about to deploy, with its port. */
export async function addMachine(
  { prisma }: ModelDatabase,
  network: NetworkRows,
  wanted: { mac: string; address: string; flavor: Record<string, string> },
): Promise<Machine> {
  const { mac, address, flavor } = wanted;
  const instance = await prisma.instance.create({
    data: {
      uuid: randomUUID(),
      userId: 'u',
      projectId: 'p',
      displayName: 's',
      hostname: 's',
      reservationId: 'r-1',
      imageRef: randomUUID(),
      image: {},
      flavor: { extra_specs: flavor },
      memoryMb: 1,
      vcpus: 1,
      rootGb: 1,
      vmState: vmState.building,
    },
  });
  const node = await prisma.node.create({
    data: {
      uuid: randomUUID(),
      cpus: 1,
      memoryMb: 1,
      localGb: 1,
      instanceUuid: instance.uuid,
      epoch: 1,
      bootMode: 'deploy',
      interfaces: { create: [{ address: mac }] },
    },
  });
  await prisma.port.create({
    data: {
      id: randomUUID(),
      ...network,
      projectId: 'p',
      macAddress: mac,
      ipAddress: address,
      deviceId: instance.uuid,
    },
  });
  return { node, mac, address };
}
