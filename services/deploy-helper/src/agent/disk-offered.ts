import type { AgentReady } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import { deploymentState } from '@metalcast/domain';
import { serversWithData } from '../preparation/servers-with-data.js';
import { progressEvent } from '../deployment/events.js';
import { targetName } from '../deployment/keys.js';
import type { DeploymentRows, Proposal } from '../deployment/rows.js';
import { plainAddress, portalOf } from './peer.js';
import { overtaken, rejected } from './rejected.js';
import type { Session } from './session.js';

interface DiskOfferedOptions {
  readonly database: Database;
  readonly rows: DeploymentRows;
  readonly session: Session;
  readonly timing: { readonly stallMs: number };
}

/** The ramdisk offers its disk for an attempt. The holder writes the disk as soon as it is composed. */
export class DiskOffered {
  constructor(private readonly options: DiskOfferedOptions) {}

  /**
   * Lets the helper that holds the attempt write. Idempotent.
   * Faults: CONFLICT when another attempt has begun, AGENT_REJECTED for a portal at another address than the caller's.
   */
  async accept(ready: AgentReady, authorization: string | undefined, peer: string): Promise<void> {
    await this.options.rows.settle(ready, async (found) => {
      const view = this.options.session.checked(ready, found, authorization);
      if (plainAddress(ready.portal) !== peer) {
        throw rejected(ready.node, `it offers the portal ${ready.portal}, but calls from ${peer}`);
      }
      refuseOvertaken(view, ready);
      return view.deployment.targetAttempt === ready.attempt
        ? undefined
        : this.offered(view, ready, peer);
    });
  }

  private async offered(
    view: DeploymentOfNode,
    ready: AgentReady,
    peer: string,
  ): Promise<Proposal> {
    const set = {
      targetAttempt: ready.attempt,
      portal: portalOf(peer, ready.port),
      iqn: ready.iqn,
      lun: ready.lun,
      zeroed: ready.zeroed === 1,
      ...{ bytesDone: 0n, total: 0n },
    };
    const deployment = { ...view.deployment, ...set, state: deploymentState.writing };
    return {
      ...{ event: 'write', set, isProgress: true, isAwaited: true },
      deadlineMs: this.options.timing.stallMs,
      // From now on the disk may hold the server's data.
      dataOf: await serversWithData(this.options.database, { ...view, deployment }),
      tell: (out, row) => {
        out.emit(progressEvent(ready.node, row, 'disk offered'));
      },
    };
  }
}

function refuseOvertaken({ node, deployment }: DeploymentOfNode, ready: AgentReady): void {
  const isCurrent =
    node.epoch === ready.epoch &&
    deployment.attempt === ready.attempt &&
    (deployment.state === deploymentState.targeting || deployment.targetAttempt === ready.attempt);
  if (!isCurrent) {
    throw overtaken(`attempt ${ready.attempt} of node ${ready.node} is over`);
  }
  if (ready.iqn !== targetName(ready)) {
    throw overtaken(`${ready.iqn} is not the target of attempt ${ready.attempt}`);
  }
}
