import { castMessage } from '@metalcast/rpc';
import { deployHelper, type BootDevice } from '@metalcast/contracts';
import { deploymentState } from '@metalcast/domain';
import { done } from '../engine/outcome.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';
import { powerStep } from './power.js';

/**
 * What a BMC calls the disk is the firmware's first one. With several, the node asks the network, where it is told which
 * one to start from (a UEFI: that it shall go on to its own entries).
 */
export const bootDeviceOf = ({ deployment }: Turn): BootDevice =>
  (deployment?.disks ?? 1) > 1 ? 'network' : 'disk';

/** From now on the node boots from its own disk, whether its firmware asks the network first or not. */
export const setDiskBoot = powerStep('setDiskBoot', (turn) => {
  turn.updateNode({ bootMode: 'local' });
  return { target: 'keep', bootDevice: bootDeviceOf(turn) };
});

/** Has the ramdisk restart the node. One that does not answer is left to the next step, which uses the BMC. */
export const restartNode: Step = {
  name: 'restartNode',
  begin(turn) {
    const { uuid: node, epoch } = turn.requireNode();
    turn.out.cast(node, castMessage(deployHelper, 'restart', { node, epoch }, turn.request));
  },
  awaits: {
    condition: 'ramdisk to leave',
    limitMs: ({ leaveTimeoutMs }) => leaveTimeoutMs,
    onOverdue: () => done,
  },
};

/** The BMC reads on; a node whose ramdisk did not say that it leaves is restarted by the BMC. */
export const confirmPower = powerStep('confirmPower', (turn) =>
  turn.deployment?.state === deploymentState.left
    ? { target: 'on' }
    : { target: 'cycle', bootDevice: bootDeviceOf(turn) },
);
