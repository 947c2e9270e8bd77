import { eventOf } from '@metalcast/contracts';
import type { Database, Outgoing } from '@metalcast/db';
import {
  endPowerCommand,
  type ClaimedPowerCommand,
  type PowerEnd,
  type PowerReading,
} from '@metalcast/db/power';
import type { Fault } from '@metalcast/domain';
import {
  novaPowerState,
  powerStates,
  type FaultRecord,
  type ObservedPower,
} from '@metalcast/domain';
import { ClaimLost } from '@metalcast/work';
import { powerInWords } from '../power-in-words.js';
import { cancelled } from './held-command.js';
import type { Switched } from './switch.js';

/** Faults that say something about the BMC itself, not about the request. */
const bmcFaults: ReadonlySet<string> = new Set([
  'POWER_UNREACHABLE',
  'POWER_BUSY',
  'POWER_NAME_UNKNOWN',
  'POWER_AUTH',
  'POWER_CIPHER',
  'POWER_MISCONFIGURED',
  'POWER_BMC_SHARED',
]);

/** How a command ended. */
export interface Concluded {
  /** Undefined: the command succeeded. */
  readonly fault: Fault | undefined;
  /** Other commands wait for the same node or BMC. */
  readonly waiting: boolean;
}

/**
 * Ends the command with success: row, reading and event in one transaction. Throws ClaimLost when another process holds
 * the command. If the node has left its epoch meanwhile, the command ends by the fault CANCELLED, whatever it did.
 */
export async function succeed(
  database: Database,
  command: ClaimedPowerCommand,
  { from, to, switchedOn }: Switched,
): Promise<Concluded> {
  const data = { from, to, by: 'command' as const, key: command.key };
  return end(database, command, undefined, {
    reading: { powerState: novaPowerState(to), fault: null },
    switchedOn,
    tell: (out, about) => {
      const more = switchedOn ? { switched_on: true } : {};
      out.emit(eventOf('powerChanged', about, { ...data, ...more }));
    },
  });
}

/**
 * Ends the command with a fault. The node's row gets the BMC's last reading; without a reading its power becomes
 * unknown, which never counts as off.
 */
export async function fail(
  database: Database,
  command: ClaimedPowerCommand,
  fault: Fault,
  observed: ObservedPower | undefined,
): Promise<Concluded> {
  const record = recordOf(command, fault);
  const reading = readingOf(command, fault, observed);
  const from = powerInWords(command.node?.powerState ?? powerStates.nostate);
  const to = reading === undefined ? from : powerInWords(reading.powerState);
  return end(database, command, fault, {
    reading,
    switchedOn: false,
    tell: (out, about) => {
      if (to !== from) {
        out.emit(eventOf('powerChanged', about, { from, to, by: 'command' }));
      }
      out.emit(eventOf('powerFailed', about, { key: command.key, fault: record }));
    },
  });
}

interface End extends Pick<PowerEnd, 'reading' | 'switchedOn'> {
  readonly tell: (out: Outgoing, about: About) => void;
}

interface About {
  readonly subject: string;
  readonly epoch: number;
  readonly requestId: string;
}

async function end(
  database: Database,
  command: ClaimedPowerCommand,
  fault: Fault | undefined,
  { reading, switchedOn, tell }: End,
): Promise<Concluded> {
  const { nodeUuid: subject, epoch, requestId } = command;
  const ended = await endPowerCommand(database, command, {
    ...{ reading, switchedOn },
    event: eventOfEnd(fault),
    fault: fault === undefined ? null : recordOf(command, fault),
    tell: (out) => {
      if (subject !== null) {
        tell(out, { subject, epoch, requestId });
      }
    },
  });
  switch (ended.outcome) {
    case 'ended':
      return { fault, waiting: ended.waiting };
    case 'stale':
      return fail(database, command, cancelled(command), undefined);
    case 'lost':
      throw new ClaimLost();
  }
}

const eventOfEnd = (fault: Fault | undefined): PowerEnd['event'] =>
  fault === undefined ? 'succeed' : fault.code === 'CANCELLED' ? 'cancel' : 'fail';

const recordOf = ({ target }: ClaimedPowerCommand, fault: Fault): FaultRecord =>
  fault.toRecord(`power ${target}`);

/** The reading of a command of an old epoch may be old too: the sync reads again. */
function readingOf(
  command: ClaimedPowerCommand,
  fault: Fault,
  observed: ObservedPower | undefined,
): PowerReading | undefined {
  if (fault.code === 'CANCELLED') {
    return undefined;
  }
  if (bmcFaults.has(fault.code)) {
    return { powerState: novaPowerState('unknown'), fault: recordOf(command, fault) };
  }
  return observed === undefined ? undefined : { powerState: novaPowerState(observed), fault: null };
}
