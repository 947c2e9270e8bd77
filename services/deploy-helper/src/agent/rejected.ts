import { Fault } from '@metalcast/domain';

/** The caller is not, or no longer, the ramdisk of the served boot: it must give up. */
export const rejected = (node: string, reason: string, evidence: readonly string[] = []): Fault =>
  new Fault('AGENT_REJECTED', { node, reason }, { evidence });

/** The report belongs to an attempt or a state that is over: the ramdisk must ask for its next command. */
export const overtaken = (reason: string): Fault => new Fault('CONFLICT', { reason });
