import type { TriedNode } from '@metalcast/contracts';
import { Fault, type FaultRecord } from '@metalcast/domain';

/**
 * The fault of a build that has ended: after one node its own fault; after several, a fault that names the fault of
 * each. If a scheduler found no further node, its reason comes before the faults of the nodes.
 */
export function finalFault(
  instance: string,
  last: FaultRecord,
  tried: readonly TriedNode[],
  maxAttempts: number,
): FaultRecord {
  const [first] = tried;
  if (first === undefined || (tried.length === 1 && last.code !== 'NO_VALID_HOST')) {
    return last;
  }
  const each = tried.map(
    ({ node, name, fault }) => `${name ?? node}: ${fault.code}, ${fault.message}`,
  );
  const evidence = [...each, ...tried.flatMap(({ fault }) => fault.evidence ?? [])];
  if (last.code !== 'NO_VALID_HOST' && last.retryable !== 'other-node') {
    return { ...last, evidence };
  }
  if (last.code === 'NO_VALID_HOST') {
    const reason = `${String(last.details['reason'] ?? '')} Tried before: ${each.join(' ')}`;
    return new Fault('NO_VALID_HOST', { ...last.details, reason }, { evidence }).toRecord(
      last.phase,
    );
  }
  const details = { attempts: maxAttempts, instance, reason: each.join(' ') };
  return new Fault('RETRIES_EXHAUSTED', details, { evidence }).toRecord(last.phase);
}
