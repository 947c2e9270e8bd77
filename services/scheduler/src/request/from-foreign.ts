import {
  flavorSnapshot,
  imageFacts,
  type FilterProperties,
  type FlavorSnapshot,
  type ForeignRequestSpec,
} from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { narrowing, noConditions } from './narrowing.js';
import { namedFlavor, namedImage, requireExistingNames } from './require-existing-names.js';
import { hintedPlaces, requestedGroup } from './peers.js';
import type { PlacementRequest } from './placement-request.js';

/**
 * The request of a caller of select_destinations. Every name in it must exist (fault NOT_FOUND). The request must name
 * a flavor or give sizes (BAD_REQUEST); given sizes override those of the flavor.
 */
export async function foreignRequest(
  database: Database,
  spec: ForeignRequestSpec,
  more: FilterProperties,
): Promise<PlacementRequest> {
  await requireExistingNames(database, spec, more);
  const narrowed = narrowing(noConditions, more);
  const { hints } = narrowed;
  const { instance_properties: properties } = spec;
  return {
    instanceUuid: null,
    flavor: await flavorOf(database, spec.instance_type ?? {}),
    image: await imageOf(database, spec.image),
    networks: 1,
    configDrive: false,
    projectId: properties?.project_id ?? null,
    zone: properties?.availability_zone ?? null,
    ...narrowed,
    group: await requestedGroup(database.sql, hints.group ?? null, null),
    places: await hintedPlaces(database, hints),
  };
}

async function flavorOf(
  database: Database,
  given: NonNullable<ForeignRequestSpec['instance_type']>,
): Promise<FlavorSnapshot> {
  const named = await namedFlavor(database, given);
  const present = Object.entries(given).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const sizes = present.filter(([key]) => Object.hasOwn(noFlavor, key));
  if (named === null && sizes.length === 0) {
    throw new Fault('BAD_REQUEST', {
      reason: 'instance_type: name a flavor (flavorid or name) or give sizes.',
    });
  }
  return flavorSnapshot.parse({ ...(named ?? noFlavor), ...Object.fromEntries(present) });
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
  database: Database,
  given: ForeignRequestSpec['image'],
): Promise<PlacementRequest['image']> {
  const image = await namedImage(database, given?.id);
  const properties = given?.properties ?? null;
  if (image === null) {
    return properties === null ? null : { id: '', properties };
  }
  const { id, virtualSize, facts } = image;
  return {
    id,
    properties: properties ?? (image.properties as Record<string, unknown>),
    ...(virtualSize === null ? {} : { virtual_size: Number(virtualSize) }),
    facts: imageFacts.safeParse(facts).data,
  };
}
