import { eventOf } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import type { ReceivedPowerCommand } from '@metalcast/db/power';
import { Fault, nodeInOperation } from '@metalcast/domain';

/** A command that was not taken in, as its sender named it. */
export interface RefusedCommand {
  readonly key: string;
  /** uuid. */
  readonly node: string;
  readonly epoch: number | null;
  readonly target: string;
  readonly requestId: string;
}

/** Why a command is not taken in; undefined: it is. */
export function refusalOf(
  { node, epoch }: RefusedCommand,
  received: ReceivedPowerCommand,
): Fault | undefined {
  switch (received.outcome) {
    case 'busy':
      return nodeInOperation(node, received.operationId);
    case 'stale':
      return new Fault('CANCELLED', {
        reason: `node ${node} is in epoch ${received.epoch}, not ${epoch ?? 'any'}`,
      });
    default:
      return undefined;
  }
}

/** Answers a command that is refused, as one that failed is answered. */
export async function answerRefusal(
  database: Database,
  { key, node, target, requestId }: RefusedCommand,
  { epoch, fault }: { readonly epoch: number; readonly fault: Fault },
): Promise<void> {
  await database.quickTransaction(({ out }) => {
    const about = { subject: node, epoch, requestId };
    out.emit(eventOf('powerFailed', about, { key, fault: fault.toRecord(`power ${target}`) }));
    return Promise.resolve();
  });
}
