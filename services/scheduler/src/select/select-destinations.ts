import type { ArgsOf, ResultOf, scheduler } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { explain } from '../explain/explain.js';
import { sentence } from '../explain/sentence.js';
import { hostName, type HostState } from '../fleet/host-state.js';
import { foreignRequest } from '../request/from-foreign.js';
import { requireInstances } from '../request/known-instances.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';
import type { Placement } from './placement.js';
import type { Selector } from './selector.js';

/**
 * Up to `count` nodes for servers that are created together. Each choice counts the earlier ones as members of the
 * group.
 */
export function chooseTogether(
  selector: Pick<Selector, 'best'>,
  request: PlacementRequest,
  count: number,
): HostState[] {
  const { group } = request;
  if (group === null) {
    return selector.best(request, count);
  }
  const chosen: HostState[] = [];
  while (chosen.length < count) {
    const members = [...group.members, ...chosen];
    const without = new Set(chosen.map(({ id }) => id));
    const [next] = selector.best({ ...request, group: { ...group, members } }, 1, { without });
    if (next === undefined) {
      break;
    }
    chosen.push(next);
  }
  return chosen;
}

type Args = ArgsOf<typeof scheduler, 'selectDestinations'>;

/** Nova's select_destinations: returns nodes and claims none, as in 2013. */
export class SelectDestinations {
  constructor(
    private readonly database: Database,
    private readonly placement: Placement,
    private readonly settings: Settings,
  ) {}

  /** One node per requested instance, all different, best first. Faults NO_VALID_HOST, NOT_FOUND, BAD_REQUEST. */
  async select({
    request_spec: spec,
    filter_properties: more,
  }: Args): Promise<ResultOf<typeof scheduler, 'selectDestinations'>> {
    const uuids = spec.instance_uuids ?? [];
    await requireInstances(this.database, uuids);
    const count = spec.num_instances ?? Math.max(uuids.length, 1);
    const { fleet, keeper, selector } = this.placement;
    await keeper.catchUp();
    const request = await foreignRequest(this.database, spec, more ?? {});
    const hosts = chooseTogether(selector, request, count);
    if (hosts.length < count) {
      const reasons = sentence(explain(fleet, selector.prepare(request)));
      const found = hosts.length === 0 ? '' : `${hosts.length} of ${count} were found. `;
      throw new Fault('NO_VALID_HOST', { reason: `${found}${reasons}` });
    }
    return hosts.map((host) => ({
      // A node without a compute host can be served by any live one.
      host: host.host ?? keeper.workingHosts[0] ?? hostName(host),
      nodename: host.uuid,
      limits: this.limits(host),
    }));
  }

  /** What a claim may use of the node (Nova's limits). */
  private limits({ kind: { memoryMb, cpus, localGb } }: HostState): Record<string, number> {
    const { ramAllocationRatio, cpuAllocationRatio, diskAllocationRatio } = this.settings;
    return {
      memory_mb: memoryMb * ramAllocationRatio,
      vcpu: cpus * cpuAllocationRatio,
      disk_gb: localGb * diskAllocationRatio,
    };
  }
}
