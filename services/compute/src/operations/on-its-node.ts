// What operations on the node of a server have in common: the server keeps the node, whatever their result.
import { faultRecord } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Verdict } from '../engine/plan.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';

/** First step: from here on events of the node move the operation on. `action`: its name in notifications. */
export const beginOnItsNode = (action: string): Step => ({
  name: 'begin',
  async begin(turn) {
    turn.holdNode();
    turn.updateNode({ operationId: turn.operation.id });
    await notifyInstance(turn, turn.requireInstance(), `${action}.start`);
  },
});

/** What follows a failure. A node that is still on still runs the server. */
export const failedOnItsNode =
  (action: string) =>
  async (turn: Turn, fault: FaultRecord): Promise<Verdict> => {
    const change = { taskState: null, fault: { ...fault, at: turn.now.toISOString() } };
    if (fault.details['observed'] === 'on') {
      turn.updateInstance(change);
    } else {
      turn.moveInstance('fail', change);
    }
    detachFromNode(turn);
    turn.tell('instanceFailed', {
      operation: turn.operation.id,
      kind: turn.operation.kind,
      fault: faultRecord.parse(fault),
    });
    await notifyInstance(turn, turn.requireInstance(), `${action}.error`, { fault });
    return { next: 'end' };
  };

/** No operation works on the server's node any more. */
export function detachFromNode(turn: Turn): void {
  if (turn.node?.operationId === turn.operation.id) {
    turn.updateNode({ operationId: null });
  }
}
