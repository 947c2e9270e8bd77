import { z } from 'zod';

/** The stages of a node from power-on to the installed system, in order. */
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

/** Faults of a machine, until they are changed. Faults of its BMC are set at the BMC. */
export const nodeFaults = z.strictObject({
  /** Duration of the firmware's self-test. */
  firmwareMs: z.int().nonnegative().max(86_400_000).default(0),
  /**
   * The machine hangs at this stage until its power goes off. At `writing` its target dies at the first byte, and the
   * ramdisk goes on waiting.
   */
  hangsAt: stage.nullable().default(null),
  /** The machine restarts at this stage, as after a crash; at `writing` at the first byte. */
  restartsAt: stage.nullable().default(null),
  /** Number of restarts; null: at every boot. */
  restarts: z.int().positive().nullable().default(null),
  /** Real size of the disk in MiB; 0: no disk; null: the enrolled size. */
  diskMb: z.int().nonnegative().max(1_048_576).nullable().default(null),
  /** The disk returns other bytes than were written. */
  garbles: z.boolean().default(false),
  /** The disk refuses every write: the ramdisk's target is read-only. */
  refusesWrites: z.boolean().default(false),
  /** Writes to the disk fail from here on, MiB; null: they do not. */
  failsFromMb: z.int().positive().max(1_048_576).nullable().default(null),
  /** The power goes off at this stage, as by a broken power supply; the BMC reports it. */
  losesPowerAt: stage.nullable().default(null),
  /** The ramdisk has another token than was served. */
  wrongToken: z.boolean().default(false),
  /** The ramdisk's target has another password than the helper has. */
  wrongSecret: z.boolean().default(false),
  /** The ramdisk reports this error instead of its disk. */
  saysError: z.string().min(1).max(1000).nullable().default(null),
  /** The network card takes the offer of another DHCP server. */
  foreignDhcp: z.boolean().default(false),
  /** During its self-test another machine sends DHCP requests in its name, by which it could not boot. */
  spoofedDhcp: z.boolean().default(false),
});
export type NodeFaults = z.output<typeof nodeFaults>;
export type NodeFaultsInput = z.input<typeof nodeFaults>;
