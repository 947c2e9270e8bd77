import {
  flavorSnapshot,
  snapshotOfFlavor,
  type FilterProperties,
  type FlavorSnapshot,
  type ForeignRequestSpec,
} from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { Fault, isUuid } from '@metalcast/domain';
import { narrowing, noWishes } from './narrowing.js';
import { hintedPlaces, requestedGroup } from './peers.js';
import type { PlacementRequest } from './placement-request.js';

/**
 * What a caller of select_destinations asks for. A flavor, image or instance that it names must exist (fault
 * NOT_FOUND); sizes that it gives count more than those of the flavor it names.
 */
export async function foreignRequest(
  database: Database,
  spec: ForeignRequestSpec,
  more: FilterProperties,
): Promise<PlacementRequest> {
  const narrowed = narrowing(noWishes, more);
  const { hints } = narrowed;
  const { instance_properties: properties } = spec;
  return {
    instanceUuid: null,
    flavor: await flavorOf(database, spec.instance_type ?? {}),
    image: await imageOf(database, spec.image),
    projectId: properties?.project_id ?? null,
    zone: properties?.availability_zone ?? null,
    ...narrowed,
    group: await requestedGroup(database.prisma, hints.group ?? null, null),
    places: await hintedPlaces(database, hints),
  };
}

async function flavorOf(
  { prisma }: Database,
  given: NonNullable<ForeignRequestSpec['instance_type']>,
): Promise<FlavorSnapshot> {
  const { flavorid } = given;
  const named =
    typeof flavorid === 'string'
      ? await prisma.flavor.findUnique({ where: { flavorid }, include: { extraSpecs: true } })
      : null;
  if (typeof flavorid === 'string' && named === null) {
    throw new Fault('NOT_FOUND', { what: 'Flavor', id: flavorid });
  }
  const known = named === null ? noFlavor : snapshotOfFlavor(named);
  const told = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  return flavorSnapshot.parse({ ...known, ...Object.fromEntries(told) });
}

const noFlavor: FlavorSnapshot = {
  flavorid: '',
  name: '',
  memory_mb: 0,
  vcpus: 0,
  root_gb: 0,
  ephemeral_gb: 0,
  swap: 0,
  extra_specs: {},
};

async function imageOf(
  { prisma }: Database,
  given: ForeignRequestSpec['image'],
): Promise<PlacementRequest['image']> {
  const id = given?.id;
  if (typeof id !== 'string') {
    const properties = given?.properties ?? null;
    return properties === null ? null : { id: '', properties };
  }
  const image = isUuid(id) ? await prisma.image.findUnique({ where: { id } }) : null;
  if (image === null) {
    throw new Fault('NOT_FOUND', { what: 'Image', id });
  }
  const properties = given?.properties ?? (image.properties as Record<string, unknown>);
  return { id, properties };
}
