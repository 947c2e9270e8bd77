import type { ArgsOf, ResultOf, scheduler } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { hintedPlaces, requestedGroup } from '../request/peers.js';
import type { Placement } from '../select/placement.js';
import { explanationOf } from './answer.js';

/** Tells what would become of a request, by the nodes as they are now; nothing is claimed. */
export class Explain {
  constructor(
    private readonly database: Database,
    private readonly placement: Placement,
  ) {}

  /** Faults: those of filters for a request that cannot be judged. */
  async explain({
    question,
    offset,
    limit,
  }: ArgsOf<typeof scheduler, 'explain'>): Promise<ResultOf<typeof scheduler, 'explain'>> {
    const { fleet, keeper, selector } = this.placement;
    await keeper.catchUp();
    const { hints, forced_host: host, forced_node: node } = question;
    const request = {
      instanceUuid: null,
      flavor: question.flavor,
      image: question.image,
      projectId: question.project_id,
      zone: question.availability_zone,
      hints,
      forcedHosts: host === null ? [] : [host],
      forcedNodes: node === null ? [] : [node],
      ignoredHosts: [],
      triedNodes: question.tried,
      group: await requestedGroup(this.database.prisma, hints.group ?? null, null),
      places: await hintedPlaces(this.database, hints),
    };
    return explanationOf(fleet, selector.prepare(request), { offset, limit });
  }
}
