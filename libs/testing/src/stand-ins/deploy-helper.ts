import { eventOf, faultRecord } from '@metalcast/contracts';
import type { NewEvent, Node } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import {
  deploymentState,
  deploymentStates,
  Fault,
  type DeploymentState,
  type FaultCode,
} from '@metalcast/domain';
import { pathOf } from './path.js';

const helper = 'helper1';
const bytes = 1_048_576;

/** What the deploy helper says when a deployment comes to a state. */
const said: Record<DeploymentState, (node: Node, fault: Fault) => NewEvent[]> = {
  hello: (node) => [
    eventOf('agentHello', about(node), { helper, disk: '/dev/sda', disk_bytes: bytes }),
  ],
  queued: () => [],
  targeting: (node) => [eventOf('deployStarted', about(node), { helper, attempt: 1 })],
  writing: (node) => [progress(node, 'disk offered', 0)],
  verifying: (node) => [progress(node, 'verifying', bytes)],
  verified: (node) => [
    eventOf('deployVerified', about(node), { attempt: 1, verified_bytes: bytes, whole: true }),
  ],
  restarting: () => [],
  left: (node) => [eventOf('agentLeaving', about(node), {})],
  failed: (node, fault) => [
    eventOf('deployFailed', about(node), { fault: faultRecord.parse(fault.toRecord()) }),
  ],
};

const progress = (node: Node, phase: string, done: number): NewEvent =>
  eventOf('deployProgress', about(node), { attempt: 1, bytes_done: done, total: bytes, phase });

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

/** One that may last needs none. */
const deadlineIn = (state: DeploymentState): Date | null =>
  deploymentStates.isStable(state) ? null : inAnHour();

const failureOf = ({ uuid: node }: Node, code: FaultCode = 'WRITE_FAILED'): Fault =>
  new Fault(code, { node, percent: 0, reason: 'it was told to' });

const about = ({ uuid: subject, epoch }: Node) => ({ subject, epoch });

export interface DeploymentMove {
  /** Why it fails, if it comes to that. */
  readonly code?: FaultCode | undefined;
  /** Where alone the service would act; absent: wherever the table has a way. */
  readonly from?: readonly DeploymentState[];
}

/**
 * Stands in for the deploy helper and the ramdisk: a deployment of the node's present epoch moves along its table, with
 * the events that the service says on the way.
 */
export class DeployHelperStandIn {
  constructor(private readonly database: ModelDatabase) {}

  /** The ramdisk reports. Idempotent, as a hello of the same boot is. */
  async hello(node: Node): Promise<void> {
    await this.database.transaction(async ({ sql, out }) => {
      const { hello: state } = deploymentState;
      const { count } = await sql.deployment.createMany({
        data: { nodeId: node.id, epoch: node.epoch, bootTry: 1, nonceHash: 'x', state },
        skipDuplicates: true,
      });
      for (const event of count === 0 ? [] : said[state](node, failureOf(node))) {
        out.emit(event);
      }
    });
  }

  /** False: no ramdisk has reported, it is there already, or the table has no way there from where it is. */
  async bring(
    node: Node,
    to: DeploymentState,
    { code, from }: DeploymentMove = {},
  ): Promise<boolean> {
    const fault = failureOf(node, code);
    const nodeId_epoch = { nodeId: node.id, epoch: node.epoch };
    return this.database.transaction(async ({ sql, out }) => {
      const row = await sql.deployment.findUnique({ where: { nodeId_epoch } });
      const state = row?.state as DeploymentState | undefined;
      if (state === undefined || from?.includes(state) === false) {
        return false;
      }
      const path = pathOf(deploymentStates, state, to) ?? [];
      if (path.length === 0) {
        return false;
      }
      const failed = to === deploymentState.failed ? { fault: { ...fault.toRecord() } } : {};
      await sql.deployment.update({
        where: { nodeId_epoch, state },
        data: { state: to, deadlineAt: deadlineIn(to), ...failed },
      });
      for (const event of path.flatMap((one) => said[one](node, fault))) {
        out.emit(event);
      }
      return true;
    });
  }
}
