import { Inject, Injectable } from '@nestjs/common';
import type { SchedulerHints } from '@metalcast/contracts';
import { ModelDatabase, type Sql } from '@metalcast/db/models';
import { isComputeHost, isKnownZone } from '@metalcast/db/placement';
import { Fault } from '@metalcast/domain';
import type { Caller } from '../http/access/caller.js';
import { Nodes } from '../nodes/nodes.js';
import { checkHintedServers } from './hinted-servers.js';
import { namedInBody } from '../faults/named-in-body.js';
import { requireAllowed } from '../policy/policy.js';
import { parseZoneForm } from './zone-form.js';

/** Where a server may be placed, as its row keeps it. */
export interface Placement {
  readonly availabilityZone: string | null;
  readonly forcedHost: string | null;
  /** uuid */
  readonly forcedNode: string | null;
  readonly serverGroupId: string | null;
  readonly schedulerHints: SchedulerHints;
}

/** Reads where a request wants its servers, and refuses what does not exist. */
@Injectable()
export class Placements {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Nodes) private readonly nodes: Nodes,
  ) {}

  /** Faults: BAD_REQUEST (names what is unknown), FORBIDDEN (only administrators may name a host or node). */
  async of(
    zoneForm: string | null | undefined,
    hints: SchedulerHints,
    caller: Caller,
  ): Promise<Placement> {
    const { zone, host, node } = parseZoneForm(zoneForm ?? '');
    if (host !== null || node !== null) {
      requireAllowed('compute:servers:create:forced_host', caller);
    }
    if (zone !== null && !(await isKnownZone(this.database, zone))) {
      throw badRequest('The requested availability zone is not available');
    }
    if (host !== null && !(await isComputeHost(this.database.prisma, host))) {
      throw badRequest(`Compute host ${host} could not be found.`);
    }
    const forcedNode = node === null ? null : await this.forced(node, host);
    await checkHintedServers(this.database, hints, caller);
    await requireGroup(this.database.prisma, hints.group, caller);
    return {
      availabilityZone: zone,
      forcedHost: host,
      forcedNode,
      serverGroupId: hints.group ?? null,
      schedulerHints: hints,
    };
  }

  /** The uuid of the node. Its host must be the requested one; a node without a host belongs to any. */
  private async forced(node: string, host: string | null): Promise<string> {
    const { uuid, serviceHost } = await namedInBody(this.nodes.find(node));
    if (host !== null && serviceHost !== null && serviceHost !== host) {
      throw badRequest(`Node ${node} is under compute host ${serviceHost}, not ${host}.`);
    }
    return uuid;
  }
}

/** Fault BAD_REQUEST when the project has no such group. */
async function requireGroup(
  sql: Sql,
  group: string | undefined,
  { projectId }: Caller,
): Promise<void> {
  if (group === undefined) {
    return;
  }
  const [found] = await sql.$queryRaw<unknown[]>`
    SELECT 1 FROM server_groups WHERE id = ${group}::uuid AND project_id = ${projectId}`;
  if (found === undefined) {
    throw groupMissing(group);
  }
}

export const groupMissing = (group: string): Fault =>
  badRequest(`Instance group ${group} could not be found.`);

const badRequest = (reason: string): Fault => new Fault('BAD_REQUEST', { reason });
