import type { Database } from '../database/database.js';
import type { Flavor, FlavorExtraSpec } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';

/** Extra specs in the order of their keys. */
export type FlavorWithSpecs = Flavor & {
  readonly extraSpecs: readonly Pick<FlavorExtraSpec, 'key' | 'value'>[];
};

/** By Nova's flavorid. */
export async function findFlavor(
  database: Database,
  flavorid: string,
): Promise<FlavorWithSpecs | undefined> {
  const where = Prisma.sql`flavorid = ${flavorid}`;
  const [flavor] = await database.statement<FlavorWithSpecs>('find_flavor', flavorWhere(where));
  return flavor;
}

/** By its name, which no two have. */
export async function findFlavorNamed(
  database: Database,
  name: string,
): Promise<FlavorWithSpecs | undefined> {
  const where = Prisma.sql`name = ${name}`;
  const [flavor] = await database.statement<FlavorWithSpecs>(
    'find_flavor_named',
    flavorWhere(where),
  );
  return flavor;
}

/** One statement: it is read for every server that is asked for. */
const flavorWhere = (condition: Prisma.Sql): Prisma.Sql => Prisma.sql`
    SELECT id, flavorid, name, memory_mb AS "memoryMb", vcpus, root_gb AS "rootGb", ephemeral_gb AS "ephemeralGb", swap,
           rxtx_factor AS "rxtxFactor", is_public AS "isPublic", disabled, description, created_at AS "createdAt",
           coalesce((SELECT jsonb_agg(jsonb_build_object('key', key, 'value', value) ORDER BY key COLLATE "C")
                       FROM flavor_extra_specs WHERE flavor_id = flavors.id), '[]') AS "extraSpecs"
      FROM flavors WHERE ${condition}`;
