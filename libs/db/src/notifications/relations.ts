import { defaultZone } from '@metalcast/domain';
import type { Instance, KeyPair, Port } from '../generated/client.js';
import { byCard, cardOfPort } from '../network/port-order.js';
import type { Queries } from '../sql/queries.js';

/** The columns of an instance that notifications may contain: no ciphertexts, and not the user's request. */
export type NotifiedColumns = Omit<
  Instance,
  | 'adminPass'
  | 'configDrive'
  | 'expiredAt'
  | 'injectedFiles'
  | 'keyData'
  | 'launchIndex'
  | 'schedulerHints'
  | 'serverGroupId'
  | 'userData'
>;

export interface NotifiedPort extends Pick<Port, 'id' | 'macAddress' | 'ipAddress'> {
  readonly network: { readonly name: string };
}

/** What belongs to an instance and stands in other tables. */
export interface InstanceRelations {
  readonly ports: readonly NotifiedPort[];
  /** The node's; null when it has none. */
  readonly zone: string | null;
  readonly keyPair: KeyPair | null;
}

/** Reads what a notification needs besides the instance's row, in one statement. */
export async function relationsOf(
  sql: Queries,
  { uuid, node, userId, keyName }: Pick<Instance, 'uuid' | 'node' | 'userId' | 'keyName'>,
): Promise<InstanceRelations> {
  const [row] = await sql.$queryRaw<
    { ports: NotifiedPort[] | null; zone: string | null; keyPair: StoredKeyPair | null }[]
  >`
    SELECT (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'macAddress', p.mac_address, 'ipAddress', p.ip_address,
                                                'network', jsonb_build_object('name', t.name)) ORDER BY ${byCard})
              FROM ports p JOIN networks t ON t.id = p.network_id ${cardOfPort} WHERE p.device_id = ${uuid}) AS ports,
           (SELECT coalesce(n.availability_zone, min(a.metadata ->> 'availability_zone'), ${defaultZone})
              FROM nodes n
              LEFT JOIN aggregate_hosts h ON h.host IN (n.service_host, n.uuid::text)
              LEFT JOIN aggregates a ON a.id = h.aggregate_id
             WHERE n.uuid = ${node}::uuid GROUP BY n.uuid, n.availability_zone) AS zone,
           (SELECT jsonb_build_object('id', k.id, 'userId', k.user_id, 'name', k.name, 'type', k.type, 'publicKey', k.public_key,
                                      'fingerprint', k.fingerprint, 'createdAt', k.created_at)
              FROM key_pairs k WHERE k.user_id = ${userId} AND k.name = ${keyName}) AS "keyPair"`;
  const keyPair = row?.keyPair ?? null;
  return {
    ports: row?.ports ?? [],
    zone: row?.zone ?? null,
    keyPair: keyPair && { ...keyPair, createdAt: new Date(keyPair.createdAt) },
  };
}

type StoredKeyPair = Omit<KeyPair, 'createdAt'> & { readonly createdAt: string };
