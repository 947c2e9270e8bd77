import {
  snapshotOfFlavor,
  type FilterProperties,
  type FlavorSnapshot,
  type ForeignRequestSpec,
  type SchedulerHints,
} from '@metalcast/contracts';
import type { Database, Image } from '@metalcast/db';
import { findFlavor, findFlavorNamed, isComputeHost, isKnownZone } from '@metalcast/db/placement';
import { Fault, isUuid } from '@metalcast/domain';
import { parseHints, serversOf } from './hints.js';
import { requireInstances } from './known-instances.js';
import { requestedGroup } from './peers.js';

/**
 * Requires every name that a foreign caller uses: flavor, image, zone, servers, group, hosts and nodes. Fault NOT_FOUND
 * with the first missing one. Hosts to ignore and hosts of earlier attempts may be missing.
 */
export async function requireExistingNames(
  database: Database,
  { instance_type: flavor, image, instance_properties: properties }: ForeignRequestSpec,
  { scheduler_hints: hints, force_hosts: hosts, force_nodes: nodes }: FilterProperties,
): Promise<void> {
  await namedFlavor(database, flavor ?? {});
  await namedImage(database, image?.id);
  await requireZone(database, properties?.availability_zone);
  await requireHinted(database, parseHints(hints));
  for (const host of hosts ?? []) {
    if (!(await isComputeHost(database.sql, host))) {
      throw notFound('Compute host', host);
    }
  }
  await requireNodes(database, nodes ?? []);
}

/** The flavor by id, else by name; null when the caller names none. Fault NOT_FOUND. */
export async function namedFlavor(
  database: Database,
  { flavorid, name }: NonNullable<ForeignRequestSpec['instance_type']>,
): Promise<FlavorSnapshot | null> {
  const key = flavorid ?? name ?? null;
  if (key === null) {
    return null;
  }
  const flavor = await (typeof flavorid === 'string'
    ? findFlavor(database, flavorid)
    : findFlavorNamed(database, key));
  return flavor === undefined ? missing('Flavor', key) : snapshotOfFlavor(flavor);
}

type NamedImage = Pick<Image, 'id' | 'properties' | 'virtualSize' | 'facts'>;

/** Null when the caller names none. Fault NOT_FOUND. */
export async function namedImage(
  { sql }: Database,
  id: string | null | undefined,
): Promise<NamedImage | null> {
  if (typeof id !== 'string') {
    return null;
  }
  const [image] = isUuid(id)
    ? await sql.$queryRaw<NamedImage[]>`
        SELECT id, properties, virtual_size AS "virtualSize", facts FROM images WHERE id = ${id}::uuid`
    : [];
  return image ?? missing('Image', id);
}

async function requireZone(database: Database, zone: string | null | undefined): Promise<void> {
  if (typeof zone === 'string' && !(await isKnownZone(database, zone))) {
    throw notFound('Availability zone', zone);
  }
}

async function requireHinted(database: Database, hints: SchedulerHints): Promise<void> {
  await requireInstances(database, serversOf(hints));
  const { group: id } = hints;
  if (id !== undefined && (await requestedGroup(database.sql, id, null)) === null) {
    throw notFound('Server group', id);
  }
}

async function requireNodes({ sql }: Database, nodes: readonly string[]): Promise<void> {
  if (nodes.length === 0) {
    return;
  }
  const uuids = nodes.filter((node) => isUuid(node));
  const found = await sql.$queryRaw<{ uuid: string }[]>`
    SELECT uuid FROM nodes WHERE deleted_at IS NULL AND uuid = ANY (${uuids}::uuid[])`;
  const known = new Set(found.map(({ uuid }) => uuid));
  const unknown = nodes.find((node) => !known.has(node.toLowerCase()));
  if (unknown !== undefined) {
    throw notFound('Node', unknown);
  }
}

const notFound = (what: string, id: string): Fault => new Fault('NOT_FOUND', { what, id });

function missing(what: string, id: string): never {
  throw notFound(what, id);
}
