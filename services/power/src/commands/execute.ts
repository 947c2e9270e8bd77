import { randomUUID } from 'node:crypto';
import { isDatabaseAway, type Database } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Opener } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';
import { ClaimLost, Stopping } from '@metalcast/work';
import { healthKey, openBmc } from '../bmc.js';
import type { BmcHealth } from '../bmc-health.js';
import type { Waits } from '../power-driver.js';
import { fail, succeed, type Concluded } from './conclude.js';
import { cancelled, type HeldCommand } from './held-command.js';
import { identifyPatiently } from './identify-patiently.js';
import { PatientBmc } from './patient-bmc.js';
import { PowerSwitch, type Switched } from './switch.js';
import type { CommandTiming } from './timing.js';

export interface ExecuteOptions {
  readonly database: Database;
  readonly passwords: Opener;
  readonly logger: Logger;
  readonly health: BmcHealth;
  readonly timing: CommandTiming;
  readonly waits: Waits;
}

/** After so many claims an unexpected error ends the command. */
const claimsTaken = 3;

/**
 * Carries out a claimed command and ends its row, or leaves it to the next claim. Returns whether other commands wait
 * for the same node or BMC. Never rejects.
 */
export async function execute(options: ExecuteOptions, held: HeldCommand): Promise<boolean> {
  const { command } = held;
  const { key, target, claim, phase } = command;
  const log = options.logger.child({ key, target, claim });
  try {
    return await carryOut(options, held, log);
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
    return false;
  } finally {
    held.close();
  }
}

async function carryOut(options: ExecuteOptions, held: HeldCommand, log: Logger): Promise<boolean> {
  const { database } = options;
  const { command } = held;
  const seen: Seen = { observed: () => undefined };
  try {
    const switched = await switchPower(options, held, seen);
    return tell(log, await succeed(database, command, switched), switched);
  } catch (error) {
    const again = isInterruption(error) || command.claim < claimsTaken;
    if (!(error instanceof Fault) && again) {
      throw error;
    }
    const fault = error instanceof Fault ? error : unexpected(error, log);
    return tell(log, await fail(database, command, fault, seen.observed()));
  }
}

function tell(log: Logger, { fault, waiting }: Concluded, switched?: Switched): boolean {
  if (fault === undefined) {
    log.info(switched, 'power command done');
  } else {
    const { code, message, evidence } = fault;
    log.warn({ code, fault: message, evidence }, 'power command failed');
  }
  return waiting;
}

const isInterruption = (error: unknown): boolean =>
  error instanceof ClaimLost || error instanceof Stopping || isDatabaseAway(error);

interface Seen {
  observed: () => PowerSwitch['observed'];
}

async function switchPower(
  { database, passwords, health, timing, waits }: ExecuteOptions,
  held: HeldCommand,
  seen: Seen,
): Promise<Switched> {
  const { command } = held;
  if (command.node === null) {
    throw cancelled(command);
  }
  if (command.superseded) {
    throw cancelled(command, 'superseded');
  }
  const name = healthKey(command.node);
  // A BMC that recently did not answer gets one try, not the whole time.
  const patience = health.isSuspect(name) ? 1 : Infinity;
  const onAnswer = (fault: Fault | undefined): void => {
    if (fault?.code === 'POWER_UNREACHABLE') {
      health.failed(name);
    } else {
      health.answered(name);
    }
  };
  const { node, address } = await identifyPatiently(database, command.node, {
    permission: held,
    patience,
    onSilence: onAnswer,
  });
  const driver = await openBmc(node, {
    ...{ address, passwords, suites: health.suites, waits },
    firmware: command.firmware ?? undefined,
  });
  const bmc = new PatientBmc({ driver, permission: held, patience, onAnswer });
  const power = new PowerSwitch({
    ...{ command, bmc, timing },
    ...{ node: node.uuid, address: name, permission: held },
  });
  seen.observed = () => power.observed;
  return power.run();
}

function unexpected(error: unknown, log: Logger): Fault {
  const reference = randomUUID();
  log.error({ err: error, reference }, 'power command failed unexpectedly');
  return new Fault('INTERNAL', { reference, service: 'power' });
}
