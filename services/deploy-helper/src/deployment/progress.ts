// How far a deployment has come, by its state.
import { deploymentState, deploymentStates, type DeploymentState } from '@metalcast/domain';

interface Standing {
  readonly state: string;
}

const among =
  (states: readonly DeploymentState[]) =>
  ({ state }: Standing): boolean =>
    (states as readonly string[]).includes(state);

/** A helper has it in hand. */
export const isHeld = among(deploymentStates.sources('release'));

/** It is to be written, but its disk is not good yet: if its node reboots by itself, the work begins again. */
export const isUnwritten = among([
  deploymentState.queued,
  deploymentState.targeting,
  deploymentState.writing,
  deploymentState.verifying,
]);

/** Its disk was read back, and is good. */
export const isWritten = among([
  deploymentState.verified,
  deploymentState.restarting,
  deploymentState.left,
]);

/** Its ramdisk has nothing more to do. */
export const isOver = among([deploymentState.failed, deploymentState.left]);
