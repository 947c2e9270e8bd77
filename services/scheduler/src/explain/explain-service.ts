import type { ArgsOf, ResultOf, scheduler } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { narrowing } from '../request/narrowing.js';
import { hintedPlaces, requestedGroup } from '../request/peers.js';
import type { Placement } from '../select/placement.js';
import { explanationOf } from './answer.js';

/** Explains how a request would be placed on the present nodes. Claims nothing. */
export class Explain {
  constructor(
    private readonly database: Database,
    private readonly placement: Placement,
  ) {}

  /** Faults of the filters for a request that cannot be judged. */
  async explain({
    question,
    offset,
    limit,
  }: ArgsOf<typeof scheduler, 'explain'>): Promise<ResultOf<typeof scheduler, 'explain'>> {
    const { fleet, keeper, selector } = this.placement;
    await keeper.catchUp();
    const { server, forced_host: forcedHost, forced_node: forcedNode, tried } = question;
    const own = { hints: question.hints, forcedHost, forcedNode, tried };
    const narrowed = narrowing(own, question.filter_properties);
    const { hints } = narrowed;
    const request = {
      instanceUuid: server,
      flavor: question.flavor,
      image: question.image,
      configDrive: question.config_drive,
      projectId: question.project_id,
      zone: question.availability_zone,
      ...narrowed,
      group: await requestedGroup(this.database.sql, hints.group ?? null, server),
      places: await hintedPlaces(this.database, hints),
    };
    return explanationOf(fleet, selector.prepare(request), { offset, limit });
  }
}
