import type { AgentReady } from '@metalcast/contracts';
import { lockDeployment, type Database, type DeploymentOfNode } from '@metalcast/db';
import { noteDataOf } from '../deployment/data-of.js';
import { progressEvent } from '../deployment/events.js';
import { targetName } from '../deployment/keys.js';
import type { DeploymentNews } from '../deployment/news.js';
import { plainAddress, portalOf } from './peer.js';
import { overtaken, rejected } from './rejected.js';

interface ReadyOptions {
  readonly database: Database;
  readonly news: DeploymentNews;
}

/** The ramdisk serves its disk for an attempt. */
export class Ready {
  constructor(private readonly options: ReadyOptions) {}

  /**
   * Lets the helper that holds the attempt write. Repeatable.
   * Faults: CONFLICT when another attempt has begun, AGENT_REJECTED for a portal that is not the caller's own.
   */
  async accept(ready: AgentReady, peer: string): Promise<void> {
    if (plainAddress(ready.portal) !== peer) {
      throw rejected(ready.node, `it offers the portal ${ready.portal}, but calls from ${peer}`);
    }
    const changed = await this.options.database.transaction(async ({ sql, out }) => {
      const found = current(await lockDeployment(sql, ready.node, ready.epoch), ready);
      if (found.deployment.targetAttempt === ready.attempt) {
        return false;
      }
      const row = await sql.deployment.update({
        where: { id: found.deployment.id },
        data: {
          targetAttempt: ready.attempt,
          portal: portalOf(peer, ready.port),
          iqn: ready.iqn,
          lun: ready.lun,
          zeroed: ready.zeroed === 1,
          agentSeenAt: new Date(),
        },
      });
      // From now on the server's data comes onto the disk.
      await noteDataOf(sql, { ...found, deployment: row });
      out.emit(progressEvent(ready.node, row, 'disk offered'));
      return true;
    });
    if (changed) {
      this.options.news.tell(ready.node);
    }
  }
}

function current(found: DeploymentOfNode | undefined, ready: AgentReady): DeploymentOfNode {
  const isCurrent =
    found?.node.epoch === ready.epoch &&
    found.deployment.attempt === ready.attempt &&
    (found.deployment.state === 'targeting' || found.deployment.targetAttempt === ready.attempt);
  if (!isCurrent) {
    throw overtaken(`attempt ${ready.attempt} of node ${ready.node} is over`);
  }
  if (ready.iqn !== targetName(ready)) {
    throw overtaken(`${ready.iqn} is not the target of attempt ${ready.attempt}`);
  }
  return found;
}
