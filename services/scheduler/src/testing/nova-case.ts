import { nodeState } from '@metalcast/domain';
import { computeProblems } from '../fleet/compute-services.js';
import type { Scene } from '../filters/filter.js';
import type { PlacementRequest, RequestedGroup } from '../request/placement-request.js';
import { aFleet, anAggregate, uuidOf, withServer } from './a-fleet.js';
import { aFlavor, aGroup, aLocation, aRequest } from './a-request.js';
import type { theSettings } from './a-scene.js';
import { aScene } from './a-scene.js';

/** A host and a request as test/golden/nova-filters.py writes them, and Nova's result. Missing fields do not matter. */
export interface NovaCase {
  readonly filter: string;
  readonly host: Partial<NovaHost>;
  readonly request: Partial<NovaRequest>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether the host passes, or Nova's error, which ends the request. */
  readonly nova: boolean | string;
}

interface NovaHost {
  readonly cpu_arch: string;
  readonly free_ram_mb: number;
  readonly vcpus_total: number;
  readonly host_ip: string | null;
  readonly stats: object;
  readonly aggregates: readonly Readonly<Record<string, string>>[];
  readonly instances: readonly string[];
  readonly building: number;
  readonly service: {
    readonly up: boolean;
    readonly disabled: boolean;
    readonly other_is_up: boolean;
  };
}

interface NovaGroup {
  readonly policy: RequestedGroup['policy'];
  readonly members: readonly string[];
  readonly hosts: readonly string[];
}

interface NovaRequest {
  readonly flavor: string;
  readonly extra_specs: Readonly<Record<string, string>>;
  readonly image: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly project_id: string;
  readonly zone: string | null;
  readonly hints: Readonly<Record<string, readonly string[]>>;
  readonly group: NovaGroup | null;
}

const plainHost: NovaHost = {
  cpu_arch: 'x86_64',
  free_ram_mb: 8192,
  vcpus_total: 4,
  host_ip: null,
  stats: {},
  aggregates: [],
  instances: [],
  building: 0,
  service: { up: true, disabled: false, other_is_up: false },
};

const plainRequest: NovaRequest = {
  flavor: 'small',
  extra_specs: {},
  image: uuidOf(900),
  properties: {},
  project_id: 'p1',
  zone: null,
  hints: {},
  group: null,
};

/** Nova's names of options, mapped to ours. */
const options: Readonly<Record<string, keyof typeof theSettings>> = {
  max_io_ops_per_host: 'maxIoOpsPerHost',
  max_instances_per_host: 'maxInstancesPerHost',
  isolated_images: 'isolatedImages',
  isolated_hosts: 'isolatedHosts',
  restrict_isolated_hosts_to_isolated_images: 'restrictIsolatedHostsToIsolatedImages',
};

/** A fleet in which host `h1` has a free node, the first, and one node per server. */
export function sceneOf(novaCase: NovaCase): Scene & { readonly fleet: ReturnType<typeof aFleet> } {
  const { service, ...host } = { ...plainHost, ...novaCase.host };
  const free = {
    cpu_arch: host.cpu_arch,
    memory_mb: host.free_ram_mb,
    cpus: host.vcpus_total,
    capabilities: { ...host.stats, ...(host.host_ip === null ? {} : { host_ip: host.host_ip }) },
  };
  const servers = host.instances.map((_, index) => withServer(50 + index));
  const builds = Array.from({ length: host.building }, (_, index) =>
    withServer(70 + index, 'small', nodeState.building),
  );
  const rows = [free, ...servers, ...builds].map((row) => ({ service_host: 'h1', ...row }));
  const fleet = aFleet(
    rows,
    host.aggregates.map((metadata, index) => anAggregate(index, ['h1'], metadata)),
  );
  const settings = Object.entries(novaCase.settings).map(([name, value]) => [options[name], value]);
  const problems = computeProblems([
    { host: 'h1', recent: service.up, disabled: service.disabled },
    { host: 'h2', recent: service.other_is_up, disabled: false },
  ]);
  return { ...aScene({ settings: Object.fromEntries(settings) as object, problems }), fleet };
}

export function requestOf(novaCase: NovaCase): PlacementRequest {
  const { image, properties, hints, group, zone, ...request } = {
    ...plainRequest,
    ...novaCase.request,
  };
  const here = novaCase.host.instances ?? [];
  const standing = (server: string) => aLocation({ host: here.includes(server) ? 'h1' : 'h2' });
  return aRequest({
    flavor: aFlavor({ name: request.flavor, extra_specs: request.extra_specs }),
    image: image === null ? null : { id: image, properties },
    projectId: request.project_id,
    zone,
    hints: hintsOf(hints),
    places: new Map(serversIn(hints).map((server) => [server, standing(server)])),
    group: group === null ? null : groupOf(novaCase.filter, group, standing),
  });
}

const serverHints = ['same_host', 'different_host'];

const serversIn = (hints: NovaRequest['hints']): readonly string[] =>
  serverHints.flatMap((name) => hints[name] ?? []);

/** Nova keeps each hint as a list. */
const hintsOf = (hints: NovaRequest['hints']): PlacementRequest['hints'] =>
  Object.fromEntries(
    Object.entries(hints).map(([name, values]) => [
      name,
      serverHints.includes(name) ? values : values[0],
    ]),
  );

/** Nova gives a group's hosts for affinity, and for anti-affinity in a second field. */
const groupOf = (
  filter: string,
  { policy, hosts, members }: NovaGroup,
  standing: (server: string) => ReturnType<typeof aLocation>,
): RequestedGroup =>
  aGroup({
    policy,
    scope: 'host',
    members:
      filter === 'GroupAffinityFilter'
        ? hosts.map((name) => aLocation({ host: name }))
        : members.map(standing),
  });
