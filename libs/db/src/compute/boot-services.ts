import { Prisma } from '../sql/prisma.js';
import type { Queries } from '../sql/queries.js';
import { serviceColumns, type ServiceWithState } from '../processes/services.js';

/** A boot service, as seen by a server. */
interface BootServiceOfServer extends ServiceWithState {
  /** It serves a network that the server has a port on. One that only stands by serves none. */
  readonly serves: boolean;
}

/** Holds for a boot service on a network with DHCP that the instance has a port on. */
const servesInstance = (instanceUuid: string): Prisma.Sql => Prisma.sql`(
  details ->> 'serving' = 'true' AND EXISTS (
    SELECT FROM ports p JOIN subnets s ON s.id = p.subnet_id
     WHERE p.device_id = ${instanceUuid} AND s.enable_dhcp
       AND (details ->> 'address')::inet <<= s.cidr::inet
       AND coalesce(details ->> 'network', p.network_id::text) = p.network_id::text)) IS TRUE`;

/** All boot services. */
export async function bootServicesOf(
  sql: Queries,
  instanceUuid: string,
): Promise<BootServiceOfServer[]> {
  return sql.$queryRaw<BootServiceOfServer[]>`
    SELECT ${serviceColumns}, ${servesInstance(instanceUuid)} AS serves
      FROM services WHERE "binary" = 'metalcast-boot' ORDER BY host`;
}
