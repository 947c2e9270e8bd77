import type { FaultCode, FaultRecord } from '@metalcast/domain';

/** What every node would meet in the same way. */
const sameEverywhere: ReadonlySet<FaultCode> = new Set(['IMAGE_CORRUPT']);

/**
 * The fault of a build whose tries on this node are spent, with where it may be tried from here on. A fault of those
 * who serve the node (a host without a tool, a full disk, a lost message) may pass by itself, which is why it is tried
 * again on the same node first; after that another node helps, for it is served anew and perhaps by others.
 */
export const spent = (fault: FaultRecord): FaultRecord =>
  fault.retryable === 'same-node' && !sameEverywhere.has(fault.code)
    ? { ...fault, retryable: 'other-node' }
    : fault;
