import { Fault } from '@metalcast/domain';

/** The caller is not the ramdisk of that boot, or not any more: it shall give up. */
export const rejected = (node: string, reason: string): Fault =>
  new Fault('AGENT_REJECTED', { node, reason });

/** Its word belongs to an attempt or a state that is over: it shall ask what to do now. */
export const overtaken = (reason: string): Fault => new Fault('CONFLICT', { reason });
