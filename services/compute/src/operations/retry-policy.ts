import type { FaultCode, FaultRecord } from '@metalcast/domain';

/** Faults that every node would meet in the same way. */
const sameEverywhere: ReadonlySet<FaultCode> = new Set(['IMAGE_CORRUPT']);

/** Faults of a service of ours that is away, or of its host. A bug (INTERNAL) would be met in every round. */
const servicesAway: ReadonlySet<FaultCode> = new Set([
  'SERVICE_LOST',
  'UNAVAILABLE',
  'POWER_NO_TOOL',
]);

/** Whether the cause may pass without anybody looking at the node or at Metalcast's code. */
export const passesByItself = ({ code }: Pick<FaultRecord, 'code'>): boolean =>
  servicesAway.has(code);

/**
 * The fault of a build after its last try on this node, with where the build may be tried next. Faults of the services
 * of a node (a host without a tool, a full disk, a lost message) may pass by themselves, so the same node is tried
 * again first. After that another node helps, because it is served afresh and perhaps by other hosts.
 */
export const afterLocalRetries = (fault: FaultRecord): FaultRecord =>
  fault.retryable === 'same-node' && !sameEverywhere.has(fault.code)
    ? { ...fault, retryable: 'other-node' }
    : fault;
