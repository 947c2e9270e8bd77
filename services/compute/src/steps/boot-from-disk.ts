import { castMessage } from '@metalcast/rpc';
import { deployHelper, type BootDevice } from '@metalcast/contracts';
import { deploymentState } from '@metalcast/domain';
import { done } from '../engine/outcome.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';
import { powerStep } from './power.js';

/**
 * A BMC's boot device disk is the firmware's first disk. With several disks the node boots from the network, which
 * names the disk to start from (with UEFI: which makes the firmware go on to its own entries).
 */
export const bootDeviceOf = ({ deployment }: Turn): BootDevice =>
  (deployment?.disks ?? 1) > 1 ? 'network' : 'disk';

/** From now on the node boots from its own disk, even if its firmware asks the network first. */
export const setDiskBoot = powerStep('setDiskBoot', (turn) => {
  turn.updateNode({ bootMode: 'local' });
  return { target: 'keep', bootDevice: bootDeviceOf(turn) };
});

/** Has the ramdisk restart the node. If it does not answer, the next step uses the BMC. */
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

/** Reads the power by the BMC; a node whose ramdisk did not report that it leaves is restarted by the BMC. */
export const confirmPower = powerStep('confirmPower', (turn) =>
  turn.deployment?.state === deploymentState.left
    ? { target: 'on' }
    : { target: 'cycle', bootDevice: bootDeviceOf(turn) },
);
