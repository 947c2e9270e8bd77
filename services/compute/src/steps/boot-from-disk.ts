import { castMessage } from '@metalcast/rpc';
import { deployHelper } from '@metalcast/contracts';
import { done, waiting, type Step } from '../engine/step.js';
import { askPower, powerOutcome, powerStep } from './power.js';
import { deploymentOf, nodeOf, updateNode } from './rows.js';

/** From now on the node boots from its own disk, whether its firmware asks the network first or not. */
export const setDiskBoot: Step = {
  ...powerStep('setDiskBoot', () => Promise.resolve({ target: 'keep', bootDevice: 'disk' })),
  async begin(turn) {
    await updateNode(turn, { bootMode: 'local' });
    await askPower(turn, { target: 'keep', bootDevice: 'disk' });
  },
  check: powerOutcome,
};

/** Has the ramdisk restart the node. One that does not answer is left to the next step, which uses the BMC. */
export const restartNode: Step = {
  name: 'restartNode',
  awaits: 'ramdisk',
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
  return left ? { target: 'on' } : { target: 'cycle', bootDevice: 'disk' };
});
