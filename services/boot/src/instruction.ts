/** What a node that asks is told to do. */
export type Instruction =
  /** Load the deploy ramdisk. */
  | 'deploy'
  /** Start from the own disk. */
  | 'local'
  /** Switch off: it boots in a loop. */
  | 'power-off'
  /** Nothing: this node is not ours to boot. */
  | 'none';

export interface Asking {
  /** `nodes.boot_mode` */
  readonly bootMode: string;
  /** Deploy boots served in this epoch since the ramdisk last gave a sign of life. */
  readonly triesWithoutProgress: number;
}

/**
 * The answer, whatever was answered before: a node that reboots by itself gets the ramdisk until its
 * image is verified (`boot_mode` becomes local), never a half-written disk or the last tenant's.
 */
export function instructionFor(
  { bootMode, triesWithoutProgress }: Asking,
  mostTries: number,
): Instruction {
  switch (bootMode) {
    case 'deploy':
      return triesWithoutProgress < mostTries ? 'deploy' : 'power-off';
    case 'local':
      return 'local';
    default:
      return 'none';
  }
}
