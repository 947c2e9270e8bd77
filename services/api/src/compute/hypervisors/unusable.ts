import type { HypervisorNode } from '@metalcast/db/api';

type Judged = Pick<HypervisorNode, 'bmcReached' | 'interfaces' | 'powerFault'>;

/** Why nothing can be built on the node, free or not; undefined when it is capacity. */
export function unusable({ bmcReached, interfaces, powerFault }: Judged): string | undefined {
  if (interfaces.length === 0) {
    return 'The node has no network interface.';
  }
  if (bmcReached) {
    return undefined;
  }
  const { message } = (powerFault ?? {}) as { readonly message?: string };
  return `The node's BMC was not reached yet${message === undefined ? '.' : `: ${message}`}`;
}
