import { powerTargets } from '@metalcast/domain';
import { z } from 'zod';
import { call, cast, defineTopic } from './contract.js';
import { int4 } from '../integers.js';

export const powerTarget = z.enum(powerTargets);
export type PowerTarget = z.output<typeof powerTarget>;

export const bootDevice = z.enum(['network', 'disk']);
export type BootDevice = z.output<typeof bootDevice>;

/** `node` is the node's uuid everywhere on the wire. */
export const power = defineTopic({
  topic: 'power',
  version: '1.0',
  methods: {
    /**
     * Queues a power command; a repeat with the same key finds it queued or done.
     * Answered by the event `node.power.changed` or `node.power.failed`. A foreign caller may omit key (default: the
     * message's id) and epoch (default: the node's present epoch). As by HTTP, only an operation may switch a node that
     * an operation works on: refused with fault CONFLICT. Another epoch than the node's is refused with CANCELLED. A
     * command for an unknown node goes to the dead letters. What is refused is stored as failed, unless its key is like
     * an operation's.
     */
    set: cast(
      '1.0',
      z.object({
        node: z.uuid(),
        epoch: int4.nullish(),
        key: z.string().max(200).nullish(),
        target: powerTarget,
        boot_device: bootDevice.nullish(),
      }),
    ),
    /**
     * Reads the power from the BMC now. Faults: POWER_UNREACHABLE, POWER_BUSY, POWER_NAME_UNKNOWN, POWER_AUTH,
     * POWER_CIPHER.
     */
    get: call(
      '1.0',
      z.object({ node: z.uuid() }),
      z.object({ power: z.enum(['on', 'off', 'unknown']) }),
    ),
  },
});
