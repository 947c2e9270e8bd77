// How far a deployment has come, derived from its state.
import { deploymentState, deploymentStates, type DeploymentState } from '@metalcast/domain';

interface Standing {
  readonly state: string;
}

const among =
  (states: readonly DeploymentState[]) =>
  ({ state }: Standing): boolean =>
    (states as readonly string[]).includes(state);

/** A helper works on it. */
export const isHeld = among(deploymentStates.sources('release'));

/** The disk is not good yet: if the node reboots by itself, the work begins again. */
export const isUnverified = among([
  deploymentState.queued,
  deploymentState.targeting,
  deploymentState.writing,
  deploymentState.verifying,
]);

/** The disk was read back, and is good. */
export const isVerified = among([
  deploymentState.verified,
  deploymentState.restarting,
  deploymentState.left,
]);

/** The ramdisk has nothing more to do. */
export const isOver = among([deploymentState.failed, deploymentState.left]);
