import { randomUUID } from 'node:crypto';
import {
  findNodeToRead,
  isDatabaseAway,
  lastFirmware,
  type ClaimedPowerCommand,
  type Database,
  type Secrets,
} from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { openBmc } from '../bmc.js';
import type { BmcHealth } from '../bmc-health.js';
import { fail, succeed } from './conclude.js';
import { ClaimLost, Stopping, type HeldCommand } from './held-command.js';
import { identifyPatiently } from './identify-patiently.js';
import { PatientBmc } from './patient-bmc.js';
import { PowerSwitch } from './switch.js';
import type { CommandTiming } from './timing.js';

export interface ExecuteOptions {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly health: BmcHealth;
  readonly timing: CommandTiming;
}

/** A bug is tried by so many claims before it is the command's end. */
const claimsTaken = 3;

/** Carries a claimed command out and ends its row, or leaves it to whoever claims it next. Never rejects. */
export async function execute(options: ExecuteOptions, held: HeldCommand): Promise<void> {
  const { command } = held;
  const { key, target, claim, phase } = command;
  const log = options.logger.child({ key, target, claim });
  try {
    await carryOut(options, held, log);
  } catch (error) {
    if (error instanceof Stopping) {
      await held.release().catch(() => undefined);
      log.info({ phase }, 'power command handed back');
    } else if (error instanceof ClaimLost) {
      log.warn({ phase }, 'power command is held by another');
    } else {
      log.error({ err: error }, 'power command left to the next claim');
      await held.release().catch(() => undefined);
    }
  } finally {
    held.close();
  }
}

async function carryOut(options: ExecuteOptions, held: HeldCommand, log: Logger): Promise<void> {
  const { database } = options;
  const { command } = held;
  const seen: Seen = { observed: () => undefined };
  try {
    const switched = await switchPower(options, held, seen);
    await succeed(database, command, switched);
    log.info(switched, 'power command done');
  } catch (error) {
    const again = isInterruption(error) || command.claim < claimsTaken;
    if (!(error instanceof Fault) && again) {
      throw error;
    }
    const fault = error instanceof Fault ? error : unexpected(error, log);
    await fail(database, command, fault, seen.observed());
    log.warn(
      { code: fault.code, fault: fault.message, evidence: fault.evidence },
      'power command failed',
    );
  }
}

const isInterruption = (error: unknown): boolean =>
  error instanceof ClaimLost || error instanceof Stopping || isDatabaseAway(error);

interface Seen {
  observed: () => PowerSwitch['observed'];
}

async function switchPower(
  { database, secrets, health, timing }: ExecuteOptions,
  held: HeldCommand,
  seen: Seen,
): Promise<Awaited<ReturnType<PowerSwitch['run']>>> {
  const { command } = held;
  const enrolled = await nodeOf(database, command);
  // A BMC known to be dead gets one chance more, not the whole time.
  const patience = health.isSuspect(command.address) ? 1 : Infinity;
  const onAnswer = (fault: Fault | undefined): void => {
    if (fault?.code === 'POWER_UNREACHABLE') {
      health.failed(command.address);
    } else {
      health.answered(command.address);
    }
  };
  const { node, address } = await identifyPatiently(database, enrolled, {
    permission: held,
    patience,
    onSilence: onAnswer,
  });
  const firmware = await lastFirmware(database, node.id);
  const driver = openBmc(node, { address, secrets, firmware });
  const bmc = new PatientBmc({ driver, permission: held, patience, onAnswer });
  const power = new PowerSwitch({ command, node: node.uuid, permission: held, bmc, timing });
  seen.observed = () => power.observed;
  return power.run();
}

async function nodeOf(database: Database, command: ClaimedPowerCommand) {
  const node = await findNodeToRead(database, { id: command.nodeId });
  if (node?.epoch !== command.epoch) {
    throw new Fault('CANCELLED', { reason: `node left epoch ${command.epoch}` });
  }
  return node;
}

function unexpected(error: unknown, log: Logger): Fault {
  const reference = randomUUID();
  log.error({ err: error, reference }, 'power command met a bug');
  return new Fault('INTERNAL', { reference, service: 'power' });
}
