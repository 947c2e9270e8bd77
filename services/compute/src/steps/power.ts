import { castMessage } from '@metalcast/rpc';
import { power, type BootDevice, type PowerTarget } from '@metalcast/contracts';
import { powerKey } from '@metalcast/domain';
import { done, failed } from '../engine/outcome.js';
import type { Await, Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';

interface PowerWish {
  readonly target: PowerTarget;
  readonly bootDevice?: BootDevice;
}

/** Casts the command to the power service. Idempotent. */
function askPower(turn: Turn, { target, bootDevice }: PowerWish): void {
  const { uuid: node, epoch } = turn.requireNode();
  const key = powerKey(turn.operation);
  const args = { node, epoch, key, target, boot_device: bootDevice ?? null };
  turn.out.cast(node, castMessage(power, 'set', args, turn.request));
  turn.updateNode({ touched: 'power' });
  turn.save({ awaitingKey: key });
}

/** A step that gives one power command and waits for its end. Without a node there is nothing to do. */
export const powerStep = (
  name: string,
  wish: (turn: Turn) => PowerWish,
  waits: Partial<Omit<Await, 'condition'>> = {},
): Step & { readonly awaits: Await } => ({
  name,
  skip: ({ node }) => node === undefined,
  begin: (turn) => {
    askPower(turn, wish(turn));
  },
  awaits: {
    condition: 'power',
    tries: 2,
    limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
    ...waits,
  },
});

/**
 * Off and on again, to boot from the network. A ramdisk that has reported proves that the power came on, whatever the
 * BMC said: a ramdisk without work switches the node off, perhaps before the BMC was read.
 */
export const powerCycleToNetwork = powerStep(
  'powerCycleToNetwork',
  () => ({ target: 'cycle', bootDevice: 'network' }),
  { onFailed: ({ deployment }, fault) => (deployment === undefined ? failed(fault) : done) },
);

/** A node whose power no command has changed since it was claimed is left as it is. */
export const powerOff = {
  ...powerStep('powerOff', () => ({ target: 'off' })),
  skip: ({ node }: Turn) => node?.touched !== 'power',
} satisfies Step;
