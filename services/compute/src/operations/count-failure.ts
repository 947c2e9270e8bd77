import { eventOf } from '@metalcast/contracts';
import { countsAgainstNode, type FaultRecord } from '@metalcast/domain';
import type { Turn } from '../engine/turn.js';

/**
 * Counts a build that failed by the node's fault, not by what was asked for: else a few bad requests would set aside a
 * whole rack. After too many in a row the node is set aside, and announced so.
 * Not repeatable: belongs into the turn that begins the undo.
 */
export function countFailure(turn: Turn, fault: FaultRecord): void {
  if (!countsAgainstNode(fault.code)) {
    return;
  }
  const before = turn.requireNode();
  const failures = before.failures + 1;
  const { quarantineAfter } = turn.config;
  // Whoever set it aside before has said why.
  const isEnough = quarantineAfter > 0 && failures >= quarantineAfter && !before.quarantined;
  const reason = `${inARow(failures)}, the last with ${fault.code}: ${fault.message}`;
  turn.updateNode({
    failures,
    failedAt: turn.now,
    ...(isEnough ? { quarantined: true, quarantineReason: reason } : {}),
  });
  if (isEnough) {
    const { uuid: subject, epoch } = before;
    const context = { subject, epoch, requestId: turn.request.requestId };
    turn.out.emit(eventOf('nodeQuarantined', context, { reason, failures }));
  }
}

const inARow = (failures: number): string =>
  `${String(failures)} ${failures === 1 ? 'build' : 'builds'} failed on it in a row`;
