import { eventOf } from '@metalcast/contracts';
import {
  endPowerCommand,
  lockNode,
  setPowerReading,
  type ClaimedPowerCommand,
  type Database,
  type Node,
  type Tx,
} from '@metalcast/db';
import { novaPowerState, powerStates, type Fault, type ObservedPower } from '@metalcast/domain';
import { ClaimLost } from './held-command.js';
import { observedOf } from '../observed.js';
import type { Switched } from './switch.js';

/** Faults that say something of the BMC itself, not of what it was asked. */
const bmcFaults: ReadonlySet<string> = new Set([
  'POWER_UNREACHABLE',
  'POWER_NAME_UNKNOWN',
  'POWER_AUTH',
  'POWER_CIPHER',
  'POWER_MISCONFIGURED',
  'POWER_BMC_SHARED',
]);

/** Ends the command well: row, node and events in one transaction. ClaimLost when it is another's by now. */
export async function succeed(
  database: Database,
  command: ClaimedPowerCommand,
  { from, to, switchedOn }: Switched,
): Promise<void> {
  await end(database, command, null, async ({ sql, out }, node) => {
    await setPowerReading(sql, node.id, { powerState: novaPowerState(to), fault: null });
    const about = aboutOf(command, node);
    const { key } = command;
    out.emit(eventOf('powerChanged', about, { from, to, by: 'command', key }));
    if (switchedOn) {
      out.emit(eventOf('powerOn', about, { key }));
    }
  });
}

/**
 * Ends the command with a fault. The node is told what the BMC said last; a BMC that said nothing leaves its power
 * unknown, which is never taken for off.
 */
export async function fail(
  database: Database,
  command: ClaimedPowerCommand,
  fault: Fault,
  observed: ObservedPower | undefined,
): Promise<void> {
  const record = fault.toRecord(`power ${command.target}`);
  await end(database, command, fault, async ({ sql, out }, node) => {
    const about = aboutOf(command, node);
    const isBmcFault = bmcFaults.has(fault.code);
    const power = await sql.nodePower.findUnique({ where: { nodeId: node.id } });
    const from = observedOf(power?.powerState ?? powerStates.nostate);
    const to = isBmcFault ? 'unknown' : (observed ?? from);
    // What a command of an old epoch saw may be old too: the sync looks again.
    if (fault.code !== 'CANCELLED' && (isBmcFault || observed !== undefined)) {
      const bmcFault = isBmcFault ? record : null;
      await setPowerReading(sql, node.id, { powerState: novaPowerState(to), fault: bmcFault });
      if (to !== from) {
        out.emit(eventOf('powerChanged', about, { from, to, by: 'command' }));
      }
    }
    out.emit(eventOf('powerFailed', about, { key: command.key, fault: record }));
  });
}

async function end(
  database: Database,
  command: ClaimedPowerCommand,
  fault: Fault | null,
  tell: (tx: Tx, node: Node) => Promise<void>,
): Promise<void> {
  await database.transaction(async (tx) => {
    const node = await lockNode(tx.sql, command.nodeId);
    const record = fault?.toRecord(`power ${command.target}`) ?? null;
    if (!(await endPowerCommand(tx.sql, command, record))) {
      throw new ClaimLost();
    }
    if (node !== undefined) {
      await tell(tx, node);
    }
  });
}

const aboutOf = (command: ClaimedPowerCommand, node: Node) => ({
  subject: node.uuid,
  epoch: command.epoch,
  requestId: command.requestId,
});
