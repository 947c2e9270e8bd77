import { castMessage } from '@metalcast/rpc';
import {
  compute,
  flavorSnapshot,
  imageSnapshot,
  triedNode,
  type RequestContext,
} from '@metalcast/contracts';
import { lockOperation, type Database, type Instance, type Operation } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { claim } from './claim.js';
import { label } from './host-state.js';
import { readHostStates } from './host-states.js';
import type { RequestSpec } from './request-spec.js';
import { explainRejections, selectHosts } from './select-hosts.js';

/** A node taken by somebody else while we looked costs another look; more than this is a bug, or a storm. */
const looks = 10;

/** Finds a node for an instance whose build waits for one. */
export class PlaceInstance {
  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  /** Claims the best fitting node, or ends the wait with the reasons. Repeatable: a placed instance is left alone. */
  async place(instanceUuid: string, ctx: RequestContext): Promise<void> {
    const build = await this.waitingBuild(instanceUuid);
    if (build === undefined) {
      this.logger.info({ instanceUuid }, 'placed already, or wanted no more');
      return;
    }
    const spec = requestSpec(build.instance, build.operation);
    const ids = { operationId: build.operation.id, instanceUuid };
    for (let look = 1; look <= looks; look += 1) {
      const { candidates, rejections } = selectHosts(await readHostStates(this.database), spec);
      for (const host of candidates) {
        const outcome = await claim(this.database, ids, host, ctx);
        this.logger.info({ instanceUuid, node: host.uuid, name: label(host), outcome }, 'claim');
        if (outcome !== 'lost') {
          return;
        }
      }
      if (candidates.length === 0) {
        await this.refuse(ids, explainRejections(rejections), ctx);
        return;
      }
    }
    throw new Fault('UNAVAILABLE', {
      reason: `Every candidate for instance ${instanceUuid} was taken while it was chosen.`,
    });
  }

  private async waitingBuild(
    instanceUuid: string,
  ): Promise<{ operation: Operation; instance: Instance } | undefined> {
    const operation = await this.database.prisma.operation.findFirst({
      where: { instanceUuid, kind: 'build', awaiting: 'claim', cancelRequested: false },
      include: { instance: true },
    });
    const instance = operation?.instance ?? undefined;
    return operation === null || instance === undefined ? undefined : { operation, instance };
  }

  /** The reasons go into the operation's row, where compute finds them. */
  private async refuse(
    build: { operationId: string; instanceUuid: string },
    reason: string,
    ctx: RequestContext,
  ): Promise<void> {
    await this.database.transaction(async ({ sql, out }) => {
      const operation = await lockOperation(sql, build.operationId);
      if (operation?.awaiting !== 'claim') {
        return;
      }
      const fault = new Fault('NO_VALID_HOST', { reason }).toRecord('schedule');
      await sql.operation.update({
        where: { id: operation.id },
        data: { awaiting: null, fault: { ...fault, evidence: [] } },
      });
      const args = { operation_id: operation.id };
      out.cast(build.instanceUuid, castMessage(compute, 'advance', args, ctx));
    });
    this.logger.info({ instanceUuid: build.instanceUuid, reason }, 'no valid host');
  }
}

function requestSpec(instance: Instance, operation: Operation): RequestSpec {
  return {
    instanceUuid: instance.uuid,
    flavor: flavorSnapshot.parse(instance.flavor),
    image: imageSnapshot.parse(instance.image),
    availabilityZone: instance.availabilityZone,
    triedNodes: triedNode
      .array()
      .parse(operation.nodesTried)
      .map(({ node }) => node),
  };
}
