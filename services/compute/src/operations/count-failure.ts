import { eventOf } from '@metalcast/contracts';
import { countsAgainstNode, type FaultRecord } from '@metalcast/domain';
import type { Turn } from '../engine/turn.js';

/**
 * Counts a failed build if the node is at fault, not the request: otherwise a few bad requests would quarantine a whole
 * rack. After too many in a row the node is quarantined, and this is announced.
 * Not idempotent: belongs into the turn that begins the undo.
 */
export function countFailure(turn: Turn, fault: FaultRecord): void {
  if (!countsAgainstNode(fault.code)) {
    return;
  }
  const before = turn.requireNode();
  const failures = before.failures + 1;
  const { quarantineAfter } = turn.config;
  // If the node is quarantined already, the earlier reason stays.
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
