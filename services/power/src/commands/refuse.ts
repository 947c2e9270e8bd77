import { eventOf } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import {
  refusePowerCommand,
  type NewPowerCommand,
  type ReceivedPowerCommand,
} from '@metalcast/db/power';
import { Fault, nodeInOperation } from '@metalcast/domain';

/** Why a command is not taken in; undefined: it is. */
export function refusalOf(
  { node, epoch }: NewPowerCommand,
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
  command: NewPowerCommand,
  { epoch, fault }: { readonly epoch: number; readonly fault: Fault },
): Promise<void> {
  const { key, node, target, requestId } = command;
  const record = fault.toRecord(`power ${target}`);
  await refusePowerCommand(database, command, {
    fault: record,
    tell: (out) => {
      out.emit(eventOf('powerFailed', { subject: node, epoch, requestId }, { key, fault: record }));
    },
  });
}
