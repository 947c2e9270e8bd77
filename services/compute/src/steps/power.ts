import { castMessage } from '@metalcast/rpc';
import {
  faultRecord,
  nodeEvents,
  power,
  type BootDevice,
  type PowerTarget,
} from '@metalcast/contracts';
import { Fault, type FaultRecord } from '@metalcast/domain';
import { done, failed, waiting, type Outcome, type Step, type Turn } from '../engine/step.js';
import { nodeOf } from './rows.js';

export interface PowerWish {
  readonly target: PowerTarget;
  readonly bootDevice?: BootDevice;
}

/** Names the command of this try of this step: cast again, it is found, not carried out again. */
function keyOf({ operation }: Turn): string {
  const { id, attempt, undoing, step, stepAttempt } = operation;
  return [id, attempt, `${undoing ? 'undo:' : ''}${step}`, stepAttempt].join('/');
}

/** Asks the power service; repeatable. */
export async function askPower(turn: Turn, { target, bootDevice }: PowerWish): Promise<void> {
  const { uuid: node, epoch } = nodeOf(turn);
  const args = { node, epoch, key: keyOf(turn), target, boot_device: bootDevice ?? null };
  turn.out.cast(node, castMessage(power, 'set', args, turn.request));
  return Promise.resolve();
}

/** Whether the command has ended, and how. */
export async function powerOutcome(turn: Turn): Promise<Outcome> {
  const command = await turn.sql.powerCommand.findUnique({ where: { key: keyOf(turn) } });
  switch (command?.state) {
    case 'succeeded':
      return done;
    case 'failed':
      return failed(faultOf(command.fault, turn));
    case 'running':
      // The power service ends it by then.
      return { kind: 'waiting', inHand: true, since: command.deadlineAt };
    default:
      return waiting;
  }
}

function faultOf(stored: unknown, { operation }: Turn): FaultRecord {
  const fault = faultRecord.safeParse(stored);
  return {
    ...(fault.success
      ? (fault.data as FaultRecord)
      : new Fault('INTERNAL', { reference: operation.id, service: 'power' }).toRecord()),
    phase: operation.step,
  };
}

/** A step that gives one power command and waits for its end. Without a node there is nothing to do. */
export function powerStep(name: string, wish: (turn: Turn) => Promise<PowerWish>): Step {
  return {
    name,
    awaits: 'power',
    wokenBy: [nodeEvents.powerChanged.type, nodeEvents.powerFailed.type],
    servedBy: 'metalcast-power',
    tries: 2,
    limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
    async begin(turn) {
      if (turn.node !== undefined) {
        await askPower(turn, await wish(turn));
      }
    },
    check: async (turn) => (turn.node === undefined ? done : powerOutcome(turn)),
  };
}

/** Off and on again, to boot from the network. */
export const powerCycleToNetwork = powerStep('powerCycleToNetwork', () =>
  Promise.resolve({ target: 'cycle', bootDevice: 'network' }),
);

export const powerOff = powerStep('powerOff', () => Promise.resolve({ target: 'off' }));
