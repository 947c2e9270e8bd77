import {
  imageSnapshot,
  instanceFlavor,
  type ImageSnapshot,
  type InstanceFlavor,
} from '@metalcast/contracts';
import { zonesOfNodes, type Instance, type KeyPair, type Port, type Sql } from '@metalcast/db';

/** All that a notification tells of an instance. */
export interface NotifiedInstance {
  readonly instance: Instance;
  readonly flavor: InstanceFlavor;
  readonly image: ImageSnapshot;
  readonly ports: readonly NotifiedPort[];
  /** The node's, else the one that was asked for. */
  readonly zone: string | null;
  readonly keyPair: KeyPair | null;
}

export interface NotifiedPort extends Pick<Port, 'id' | 'macAddress' | 'ipAddress'> {
  readonly network: { readonly name: string };
}

/** The instance as it is given, with what belongs to it. */
export async function readNotified(sql: Sql, instance: Instance): Promise<NotifiedInstance> {
  const { uuid: deviceId, userId, keyName, node } = instance;
  const zones = await zonesOfNodes(sql, node === null ? [] : [node]);
  return {
    instance,
    flavor: instanceFlavor.parse(instance.flavor),
    image: imageSnapshot.parse(instance.image),
    ports: await sql.port.findMany({
      where: { deviceId },
      orderBy: { createdAt: 'asc' },
      include: { network: { select: { name: true } } },
    }),
    zone: (node === null ? undefined : zones.get(node)) ?? instance.availabilityZone,
    keyPair:
      keyName === null
        ? null
        : await sql.keyPair.findUnique({ where: { userId_name: { userId, name: keyName } } }),
  };
}

/** A property of the image that says what is in it. */
export function imageProperty({ properties }: ImageSnapshot, name: string): string | null {
  const value = properties[name];
  return typeof value === 'string' ? value : null;
}
