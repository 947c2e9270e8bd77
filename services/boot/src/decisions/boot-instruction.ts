/** What a node must boot. */
export type BootInstruction =
  /** Load the deploy ramdisk. */
  | 'deploy'
  /** Start from its own disk. */
  | 'local'
  /** Switch off: it boots in a loop. */
  | 'power-off'
  /** Nothing: the node is not booted by Metalcast. */
  | 'none';

export interface BootInstructionInput {
  /** `nodes.boot_mode` */
  readonly bootMode: string;
  /** Deploy boots served in this epoch since the ramdisk's last sign of life. */
  readonly triesWithoutProgress: number;
}

/**
 * The instruction for a node. It does not depend on earlier answers: a node that reboots by itself gets the ramdisk
 * until its image is verified (`boot_mode` becomes local). It never boots a half-written disk or the disk of the
 * previous tenant.
 */
export function bootInstructionFor(
  { bootMode, triesWithoutProgress }: BootInstructionInput,
  mostTries: number,
): BootInstruction {
  switch (bootMode) {
    case 'deploy':
      return triesWithoutProgress < mostTries ? 'deploy' : 'power-off';
    case 'local':
      return 'local';
    default:
      return 'none';
  }
}
