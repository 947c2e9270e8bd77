import { castMessage } from '@metalcast/rpc';
import { deployHelper, nodeEvents, type BootDevice } from '@metalcast/contracts';
import { done, waiting, type Step, type Turn } from '../engine/step.js';
import { askPower, powerOutcome, powerStep } from './power.js';
import { deploymentOf, nodeOf, updateNode } from './rows.js';

/**
 * What a BMC calls the disk is the firmware's first one. With several, the node asks the network, where it is told which
 * one to start from (a UEFI: that it shall go on to its own entries).
 */
async function bootDeviceOf(turn: Turn): Promise<BootDevice> {
  const disks = (await deploymentOf(turn))?.disks ?? 1;
  return disks > 1 ? 'network' : 'disk';
}

/** From now on the node boots from its own disk, whether its firmware asks the network first or not. */
export const setDiskBoot: Step = {
  ...powerStep('setDiskBoot', async (turn) => ({
    target: 'keep',
    bootDevice: await bootDeviceOf(turn),
  })),
  async begin(turn) {
    await updateNode(turn, { bootMode: 'local' });
    await askPower(turn, { target: 'keep', bootDevice: await bootDeviceOf(turn) });
  },
  check: powerOutcome,
};

/** Has the ramdisk restart the node. One that does not answer is left to the next step, which uses the BMC. */
export const restartNode: Step = {
  name: 'restartNode',
  awaits: 'ramdisk',
  wokenBy: [nodeEvents.agentLeaving.type],
  limitMs: ({ leaveTimeoutMs }) => leaveTimeoutMs,
  async begin(turn) {
    const { uuid: node, epoch } = nodeOf(turn);
    turn.out.cast(node, castMessage(deployHelper, 'restart', { node, epoch }, turn.request));
    return Promise.resolve();
  },
  check: async (turn) => ((await deploymentOf(turn))?.state === 'left' ? done : waiting),
  overdue: () => Promise.resolve(done),
};

/** The BMC reads on; a node whose ramdisk did not say that it leaves is restarted by the BMC. */
export const confirmPower: Step = powerStep('confirmPower', async (turn) => {
  const left = (await deploymentOf(turn))?.state === 'left';
  return left ? { target: 'on' } : { target: 'cycle', bootDevice: await bootDeviceOf(turn) };
});
