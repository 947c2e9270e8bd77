import { z } from 'zod';

/** What a node does on its way from power-on to the installed system, in order. */
export const nodeStages = [
  'firmware',
  'dhcp',
  'script',
  'kernel',
  'ramdisk',
  'hello',
  'target',
  'writing',
  'verify',
  'leaving',
  'system',
  'phone-home',
] as const;
export type NodeStage = (typeof nodeStages)[number];

const stage = z.enum(nodeStages);

/** What is wrong with a machine, until it is told otherwise; its BMC's faults are the BMC's own. */
export const nodeFaults = z.strictObject({
  /** How long its firmware tests itself before it does anything. */
  firmwareMs: z.int().nonnegative().max(86_400_000).default(0),
  /**
   * It hangs there until its power goes off: at `writing` its target dies at the first byte, and the ramdisk waits on.
   */
  hangsAt: stage.nullable().default(null),
  /** It starts anew there, as after a crash: at `writing` at the first byte. */
  restartsAt: stage.nullable().default(null),
  /** How often it does; null: each time. */
  restarts: z.int().positive().nullable().default(null),
  /** Size of the disk that is really in it, MiB; 0: none; null: as on its label. */
  diskMb: z.int().nonnegative().max(1_048_576).nullable().default(null),
  /** Its disk gives back other bytes than were written. */
  garbles: z.boolean().default(false),
  /** It refuses every write: the ramdisk's target is read-only. */
  refusesWrites: z.boolean().default(false),
});
export type NodeFaults = z.output<typeof nodeFaults>;
export type NodeFaultsInput = z.input<typeof nodeFaults>;
