import {
  flavorSnapshot,
  schedulerHints,
  type FilterProperties,
  type FlavorSnapshot,
  type ForeignRequestSpec,
} from '@metalcast/contracts';
import type { Database, Flavor, FlavorExtraSpec } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
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
  const hints = parseHints(more.scheduler_hints);
  const { instance_properties: properties } = spec;
  return {
    instanceUuid: null,
    flavor: await flavorOf(database, spec.instance_type ?? {}),
    image: await imageOf(database, spec.image),
    projectId: properties?.project_id ?? null,
    zone: properties?.availability_zone ?? null,
    hints,
    forcedHosts: more.force_hosts ?? [],
    forcedNodes: more.force_nodes ?? [],
    ignoredHosts: more.ignore_hosts ?? [],
    triedNodes: (more.retry?.hosts ?? []).map(([, node]) => node),
    group: await requestedGroup(database.prisma, hints.group ?? null, null),
    places: await hintedPlaces(database, hints),
  };
}

function parseHints(hints: FilterProperties['scheduler_hints']): PlacementRequest['hints'] {
  const parsed = schedulerHints.safeParse(hints ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new Fault('BAD_REQUEST', {
      reason: `Scheduler hint ${where}: ${issue?.message ?? 'invalid'}`,
    });
  }
  return parsed.data;
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
  const known = named === null ? noFlavor : snapshotOf(named);
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

const snapshotOf = (flavor: Flavor & { extraSpecs: FlavorExtraSpec[] }): FlavorSnapshot => ({
  flavorid: flavor.flavorid,
  name: flavor.name,
  memory_mb: flavor.memoryMb,
  vcpus: flavor.vcpus,
  root_gb: flavor.rootGb,
  ephemeral_gb: flavor.ephemeralGb,
  swap: flavor.swap,
  extra_specs: Object.fromEntries(flavor.extraSpecs.map(({ key, value }) => [key, value])),
});

async function imageOf(
  { prisma }: Database,
  given: ForeignRequestSpec['image'],
): Promise<PlacementRequest['image']> {
  const id = given?.id;
  if (typeof id !== 'string') {
    const properties = given?.properties ?? null;
    return properties === null ? null : { id: '', properties };
  }
  const image = await prisma.image.findUnique({ where: { id } }).catch(() => null);
  if (image === null) {
    throw new Fault('NOT_FOUND', { what: 'Image', id });
  }
  const properties = given?.properties ?? (image.properties as Record<string, unknown>);
  return { id, properties };
}
