import type { Deployment } from '@metalcast/db';
import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import type { Fault } from '@metalcast/domain';
import { failedEvent } from './events.js';
import type { Proposal } from './rows.js';

/** Ends a deployment with its fault: the row has no holder any more, and the ramdisk is ordered to give up. */
export function failure({ node, deployment }: DeploymentOfNode, fault: Fault): Proposal {
  const record = fault.toRecord(deployment.state);
  return {
    event: 'fail',
    set: { fault: record as unknown as Deployment['fault'], helper: null },
    ...{ leaseMs: null, deadlineMs: null, isAwaited: true },
    tell: (out) => {
      out.emit(failedEvent(node.uuid, deployment, record));
    },
  };
}

/** Percentage of the data that is on the disk. */
export const percentDone = ({ bytesDone, total }: Deployment): number =>
  total === 0n ? 0 : Number((bytesDone * 100n) / total);
